import { between } from '../model/between.ts';
import { readable } from '../model/readable.ts';
import type { Report } from '../model/report.ts';
import { saidTo } from '../model/report-people.ts';
import { html, type Value } from './html.ts';
import { clockFor, clockOf, count, type Section } from './parts.ts';
import { stepsTable } from './steps.ts';
import { type Stretch, type TimeScale, timeScale } from './time-scale.ts';
import { timelinePlot } from './timeline-plot.ts';
import { type BarKind, type Grouping, type Row, timelineRows } from './timeline-rows.ts';

/** So many waits get a letter, the longest ones. */
const MOST_WAITS = 8;
/** A wait that takes less of the drawing than this is not worth a letter. */
const LEAST_SHARE = 0.1;

const meanings: Record<BarKind, string> = {
  done: 'handed over and proven',
  failed: 'failed or cancelled',
  back: 'taken back',
  running: 'under way',
  step: 'other steps',
  wait: 'waiting for a person',
};

const rowsAre: Record<Grouping, string> = {
  nodes: 'A row is a node; its bar is the time of the wave that it went with.',
  waves: 'A row is a wave of nodes.',
  'several waves': 'A row is several waves of nodes, each with a bar of its own.',
};

/** Nodes over time, with what was waited for, and every step. */
export function timelineSection(report: Report, now: number): Section | undefined {
  if (report.steps.length === 0) return undefined;
  const { rows, grouping } = timelineRows(report, now);
  const scale = scaleOf(report, now);
  const waits = longestWaits(scale);
  const marked = waits.map((wait, index) => ({ ...wait, letter: letterOf(index) }));
  const clock = clockFor({ ...report, endedAt: report.endedAt ?? new Date(now).toISOString() });
  // With a day before it, a time is too long for its seconds.
  const timeOf = (instant: number) => clock(new Date(instant).toISOString()).replace(/ (\d\d:\d\d):\d\d$/, ' $1');
  const plot = { rows, scale, marked, timeOf };
  const name = `${grouping === 'nodes' ? 'Nodes' : 'Waves of nodes'} over time, from ${clockOf(report.startedAt)} UTC`;
  return {
    id: 'timeline',
    title: 'Timeline',
    body: [
      html`<figure><div class="plot wide" role="img" aria-label="${name}">${timelinePlot({ ...plot, width: 840, names: 180, ticks: 6 })}</div>
<div class="plot narrow" role="img" aria-label="${name}">${timelinePlot({ ...plot, width: 350, names: 112, ticks: 3 })}</div>
<figcaption>${legend(rows)}
<p>Times are in UTC. ${report.waves.length > 0 && rowsAre[grouping]} ${
        marked.length > 0 &&
        'Where there is a letter no node was handed over; some of this is drawn shorter than it was:'
      }</p>
${waitList(marked, report)}</figcaption></figure>
`,
      stepsTable(report, now),
    ],
  };
}

function scaleOf({ startedAt, endedAt, waves }: Report, now: number): TimeScale {
  const whole = { from: Date.parse(startedAt), to: endedAt === undefined ? now : Date.parse(endedAt) };
  const busy = waves.map((wave) => {
    const from = Date.parse(wave.startedAt);
    return { from, to: from + between(wave.startedAt, wave.endedAt, now) };
  });
  return timeScale(whole, busy);
}

/** In the order of time. */
function longestWaits({ idle, length }: TimeScale): Stretch[] {
  return idle
    .filter(({ start, end, shortened }) => shortened || (end - start) / length >= LEAST_SHARE)
    .sort((a, b) => b.to - b.from - (a.to - a.from))
    .slice(0, MOST_WAITS)
    .sort((a, b) => a.from - b.from);
}

function letterOf(index: number): string {
  return String.fromCharCode(65 + index);
}

function legend(rows: readonly Row[]): Value {
  const kinds = new Set(rows.flatMap(({ bars }) => bars.map(({ kind }) => kind)));
  return html`<ul class="legend">${[...kinds].map(
    (kind) => html`<li><span class="swatch ${kind}" aria-hidden="true"></span>${meanings[kind]}</li>`,
  )}</ul>`;
}

function waitList(waits: readonly (Stretch & { letter: string })[], report: Report): Value {
  if (waits.length === 0) return undefined;
  return html`<ul class="waits">${waits.map(
    (wait) =>
      html`<li><b>${wait.letter}</b> ${clockFor(report)(new Date(wait.from).toISOString())}, ${readable(wait.to - wait.from)}${
        wait.shortened && ' (drawn shorter)'
      }: ${whatHappened(wait, report)}</li>`,
  )}</ul>`;
}

/** What people said meanwhile, and the longest step that was under way. */
function whatHappened({ from, to }: Stretch, report: Report): string {
  const said = saidTo(report)
    .filter(({ at, refused }) => refused === undefined && Date.parse(at) >= from && Date.parse(at) <= to)
    .map(({ what, by }) => `${what} by ${by}`);
  const within = report.steps
    .map((step) => ({
      what: step.what,
      ms: Math.min(to, step.endedAt ? Date.parse(step.endedAt) : to) - Math.max(from, Date.parse(step.startedAt)),
    }))
    .filter(({ ms }) => ms > 0);
  const [longest] = within.sort((a, b) => b.ms - a.ms);
  const more = within.length > 1 ? ` and ${count(within.length - 1, 'other step')}` : '';
  return [...said, ...(longest ? [`${longest.what}${more}`] : [])].join('; ') || 'no step was under way';
}
