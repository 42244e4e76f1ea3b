/**
 * What a run costs as clusters grow: wall time, API requests a node, events and bytes of history. Every run is a whole
 * rehearsal (`proxyshift rehearse --yes -o json`), one after the other, on the same machine.
 *
 *     npm run bench -- --nodes 12,200 --out bench/results/scale.json
 */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { z } from 'zod';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '12,200' },
    out: { type: 'string' },
    calico: { type: 'string', default: 'operator' },
  },
});
const starter = join(import.meta.dirname, '..', 'src', 'starter.ts');

const documentSchema = z.object({
  outcome: z.string(),
  timings: z.looseObject({ totalMs: z.number(), clusterMs: z.number() }),
  report: z.looseObject({ startedAt: z.string(), endedAt: z.string() }),
  cost: z.looseObject({
    history: z.object({ events: z.number(), bytes: z.number() }),
    requests: z.looseObject({ total: z.number(), perNode: z.number() }),
  }),
});

const rows: Record<string, string | number>[] = [];
for (const nodes of values.nodes.split(',')) {
  const args = [starter, 'rehearse', '--yes', '-o', 'json', '--nodes', nodes, '--calico', values.calico];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 256 * 1024 * 1024 });
  const { outcome, timings, report, cost } = documentSchema.parse(JSON.parse(stdout));
  rows.push({
    nodes: Number(nodes),
    outcome,
    'cluster up, s': Math.round(timings.clusterMs / 1000),
    'run, s': Math.round((Date.parse(report.endedAt) - Date.parse(report.startedAt)) / 1000),
    'requests a node': cost.requests.perNode,
    events: cost.history.events,
    'history, KiB': Math.round(cost.history.bytes / 1024),
  });
  console.table(rows);
}
if (values.out) {
  await mkdir(dirname(values.out), { recursive: true });
  const machine = { cores: cpus().length, node: process.version };
  await writeFile(values.out, `${JSON.stringify({ machine, rows }, null, 2)}\n`);
}
