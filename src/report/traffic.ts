import { probeLimitsFact, probePathsFact } from '../model/plan-probe-facts.ts';
import type { Traffic } from '../model/probe-report.ts';
import { readableGap } from '../model/readable.ts';
import type { Report } from '../model/report.ts';
import { beyondLimits } from '../model/traffic-limits.ts';
import { nodePaths } from '../model/traffic-paths.ts';
import { MOST_NAMED, silentNodes, trafficVerdict } from '../model/traffic-verdict.ts';
import { gapBins } from './gap-bins.ts';
import { gapPlot } from './gap-plot.ts';
import { type Html, html, type Value } from './html.ts';
import { count, details, factList, instant, list, type Section } from './parts.ts';
import { everyPath, nodeByNode } from './traffic-tables.ts';

/** Of what is beyond the limits so much is listed, the worst first. */
const MOST_BEYOND = 10;

/** What the run did to traffic, as the probe saw it on every node. */
export function trafficSection({ traffic, plan }: Report): Section | undefined {
  if (plan === undefined) return undefined;
  return { id: 'traffic', title: 'Traffic', body: traffic ? measured(traffic, plan) : notMeasured(plan) };
}

function notMeasured({ probe }: NonNullable<Report['plan']>): Html {
  return probe
    ? html`<p>Not measured: the run ended before its probe was installed.</p>`
    : html`<p>Not measured: the plan has no probe.</p>`;
}

function measured(traffic: Traffic, plan: NonNullable<Report['plan']>): Value {
  const { probe, baseline, run, nodes } = traffic;
  const [first, ...others] = trafficVerdict(traffic);
  const isLost = nodePaths(traffic).some(({ samples, lost }) => samples.failed + lost > 0);
  return [
    html`<p class="lead${isLost && ' lossy'}">${first}</p>
`,
    others.length > 0 &&
      html`<p>${others.join(' ')}</p>
`,
    silent(traffic),
    nodes.length > 0 && everyPath(traffic),
    histogram(traffic),
    factList([
      ['Probe', html`<code>${probe.image}</code> on every Linux node`],
      ['Paths', probePathsFact(probe)],
      [
        'Interval',
        `${readableGap(probe.everyMs)} between two attempts: nothing shorter can be seen; an answer after ${readableGap(probe.timeoutMs)} is none`,
      ],
      ['Before the run', baseline && time(baseline)],
      ['During the run', run && time(run)],
      ['Limits', probeLimitsFact({ ...plan, probe })],
      ['Beyond the limits', beyond(traffic)],
    ]),
    nodes.length > 0 && nodeByNode(nodePaths(traffic)),
  ];
}

function time({ from, to }: NonNullable<Traffic['run']>): Html {
  return html`${instant(from)} to ${instant(to)}`;
}

function beyond(traffic: Traffic): Value {
  const all = beyondLimits(traffic);
  if (all === undefined || traffic.run === undefined) return undefined;
  if (all.length === 0) return 'nothing, over the whole run';
  const items = all.map(({ node, path, what }) => html`<strong>${node}</strong>, ${path}: ${what}`);
  if (items.length <= MOST_BEYOND) return list(items);
  const left = items.length - MOST_BEYOND;
  return list([
    ...items.slice(0, MOST_BEYOND),
    `and ${left.toLocaleString('en')} more; what was lost on each path is below`,
  ]);
}

/** Where there are more than the verdict names, or more to say of them. */
function silent(traffic: Traffic): Value {
  const nodes = silentNodes(traffic);
  if (nodes.length <= MOST_NAMED && nodes.every(({ lastLines }) => lastLines.length === 0)) return undefined;
  return details(
    `${count(nodes.length, 'node')} not measured, or not all of the time`,
    html`<ul>${nodes.map(
      ({ node, why, lastLines }) =>
        html`<li><strong>${node}</strong>: ${why}${lastLines.map((line) => html`<br><code>${line}</code>`)}</li>`,
    )}</ul>`,
  );
}

function histogram(traffic: Traffic): Value {
  const bins = gapBins(traffic);
  // One bar says nothing that the sentence above does not.
  if (bins.length === 1 || traffic.nodes.length < 2) return undefined;
  const hasBefore = traffic.baseline !== undefined;
  const told = bins.map(
    ({ name, during, before }) => `${name}: ${during}${hasBefore ? `, before the run ${before}` : ''}`,
  );
  const name = `Nodes by the longest time without an answer. ${told.join('; ')}`;
  return html`<figure><div class="plot gaps wide" role="img" aria-label="${name}">${gapPlot({ bins, hasBefore, width: 640 })}</div>
<div class="plot gaps narrow" role="img" aria-label="${name}">${gapPlot({ bins, hasBefore, width: 350 })}</div>
<figcaption><ul class="legend"><li><span class="swatch done" aria-hidden="true"></span>during the run</li>${
    hasBefore && html`<li><span class="swatch step" aria-hidden="true"></span>before it</li>`
  }</ul>
<p>${traffic.others ? 'Nodes that are told one by one' : 'Nodes'} by the longest time without an answer on any of their paths.</p></figcaption></figure>
`;
}
