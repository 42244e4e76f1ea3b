/**
 * Draws what was in the kernel of one node while it was handed over, above what its client saw, as one SVG:
 *
 *     node test/real-cluster/plot.ts OUT.svg 'TITLE' SAMPLES.jsonl ANSWERS.jsonl ['TITLE' SAMPLES.jsonl ANSWERS.jsonl …]
 *
 * A line of SAMPLES: {"at": ms, "ipvs": virtual servers, "nftables": services, "interface": 0 or 1, "connections": open TCP}.
 * A line of ANSWERS: what test/real-cluster/prober.ts prints. Both by the clock of the node.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { observationSchema } from './traffic.ts';

const sampleSchema = z.object({
  at: z.number(),
  ipvs: z.number(),
  nftables: z.number(),
  interface: z.number(),
  connections: z.number(),
});
type Sample = z.infer<typeof sampleSchema>;

/** Of the drawing (px). */
const WIDTH = 860;
const LEFT = 190;
const RIGHT = 20;
const ROW = 46;
const GAP = 14;
const HEAD = 40;
const FOOT = 34;

/** A curve: what it is called, and its value at each instant (ms). */
interface Row {
  name: string;
  colour: string;
  points: [at: number, value: number][];
}

async function linesOf<T>(path: string, schema: z.ZodType<T>): Promise<T[]> {
  const text = await readFile(path, 'utf8');
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => schema.parse(JSON.parse(line)));
}

/** New connections that failed, by the second in which they began. */
function failures(answers: readonly z.infer<typeof observationSchema>[], from: number, to: number): Row['points'] {
  const failed = answers.filter(({ path, error, stalled }) => path === 'cluster-ip tcp' && error && !stalled);
  const seconds = Array.from({ length: Math.ceil((to - from) / 1_000) }, (_, at) => from + at * 1_000);
  return seconds.map((at) => [at, failed.filter((one) => one.at >= at && one.at < at + 1_000).length]);
}

function rowsOf(samples: readonly Sample[], failed: Row['points']): Row[] {
  const of = (pick: (sample: Sample) => number): Row['points'] => samples.map((sample) => [sample.at, pick(sample)]);
  return [
    { name: 'virtual servers in IPVS', colour: '#b45309', points: of(({ ipvs }) => ipvs) },
    { name: 'kube-ipvs0 is there', colour: '#b45309', points: of((sample) => sample.interface) },
    { name: 'connections in IPVS', colour: '#b45309', points: of(({ connections }) => connections) },
    { name: 'service IPs in nftables', colour: '#1d4ed8', points: of(({ nftables }) => nftables) },
    { name: 'failed connections / s', colour: '#b91c1c', points: failed },
  ];
}

function chart(title: string, rows: readonly Row[], from: number, to: number, top: number): string[] {
  const x = (at: number) => LEFT + ((at - from) / (to - from)) * (WIDTH - LEFT - RIGHT);
  const bottom = top + HEAD + rows.length * (ROW + GAP);
  const parts = [`<text x="16" y="${top + 22}" font-size="15" font-weight="600">${title}</text>`];
  rows.forEach(({ name, colour, points }, index) => {
    const base = top + HEAD + index * (ROW + GAP) + ROW;
    const most = Math.max(1, ...points.map(([, value]) => value));
    const y = (value: number) => base - (value / most) * ROW;
    // A value holds until the next sample: steps, and no slopes that were not measured.
    const path = points.map(([at, value], at0) =>
      at0 === 0 ? `M${x(at).toFixed(1)} ${y(value).toFixed(1)}` : `H${x(at).toFixed(1)}V${y(value).toFixed(1)}`,
    );
    parts.push(
      `<text x="16" y="${base - ROW / 2 + 4}" font-size="12">${name}</text>`,
      `<text x="${LEFT - 8}" y="${base - ROW + 10}" font-size="10" text-anchor="end" opacity="0.7">${most}</text>`,
      `<text x="${LEFT - 8}" y="${base}" font-size="10" text-anchor="end" opacity="0.7">0</text>`,
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${base}" y2="${base}" stroke="currentColor" opacity="0.25"/>`,
      `<path d="${path.join('')}H${x(to).toFixed(1)}" fill="none" stroke="${colour}" stroke-width="1.8"/>`,
    );
  });
  const every = to - from > 120_000 ? 20 : 10;
  for (let second = 0; second <= (to - from) / 1_000; second += every) {
    const at = x(from + second * 1_000);
    parts.push(
      `<line x1="${at}" x2="${at}" y1="${top + HEAD}" y2="${bottom - GAP}" stroke="currentColor" opacity="0.08"/>`,
      `<text x="${at}" y="${bottom + 6}" font-size="10" text-anchor="middle" opacity="0.7">${second} s</text>`,
    );
  }
  return parts;
}

const [out, ...given] = process.argv.slice(2);
if (out === undefined || given.length === 0 || given.length % 3 !== 0) throw new Error('see the top of this file');
const parts: string[] = [];
let top = 0;
for (let at = 0; at < given.length; at += 3) {
  const [title = '', samplesPath = '', answersPath = ''] = given.slice(at, at + 3);
  const samples = await linesOf(samplesPath, sampleSchema);
  const answers = await linesOf(answersPath, observationSchema);
  const from = samples[0]?.at ?? 0;
  const to = samples.at(-1)?.at ?? 1;
  const rows = rowsOf(samples, failures(answers, from, to));
  parts.push(...chart(title, rows, from, to, top));
  top += HEAD + rows.length * (ROW + GAP) + FOOT;
}
const style = 'svg{color:#111827;background:#fff}text{fill:currentColor;font-family:system-ui,sans-serif}';
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" role="img" aria-label="What was in the kernel of a node while it was handed over"><style>${style}</style><rect width="${WIDTH}" height="${top}" fill="#fff"/>${parts.join('')}</svg>\n`;
await writeFile(out, svg);
