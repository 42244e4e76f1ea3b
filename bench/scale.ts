/**
 * What a run costs as clusters grow: wall time, API requests a node, events and bytes of history, and the memory of the worker.
 * Every run is a whole rehearsal (`proxyshift rehearse --yes -o json`), one after the other, on the same machine.
 *
 *     npm run bench -- --nodes 10,100,1000,5000 --calico none --out bench/results/scale.json
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { z } from 'zod';
import { writeResults } from './write-results.ts';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '10,100,1000' },
    out: { type: 'string' },
    calico: { type: 'string', default: 'none' },
    'max-unavailable': { type: 'string', default: '10%' },
  },
});
// As it is installed: from the sources, a worker would bundle its workflows first, in more memory than a run takes.
const starter = join(import.meta.dirname, '..', 'dist', 'starter.js');

const documentSchema = z.object({
  outcome: z.string(),
  timings: z.looseObject({ totalMs: z.number(), clusterMs: z.number() }),
  report: z.looseObject({ startedAt: z.string(), endedAt: z.string() }),
  cost: z.looseObject({
    history: z.object({ events: z.number(), bytes: z.number() }),
    requests: z.looseObject({ total: z.number(), perNode: z.number() }),
    workerPeakBytes: z.number().optional(),
  }),
});

const rows: Record<string, string | number>[] = [];
for (const nodes of values.nodes.split(',')) {
  const limits = ['--max-unavailable', values['max-unavailable']];
  const args = [starter, 'rehearse', '--yes', '-o', 'json', '--nodes', nodes, '--calico', values.calico, ...limits];
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
    'worker, MiB': Math.round((cost.workerPeakBytes ?? 0) / 1024 / 1024),
  });
  console.table(rows);
}
if (values.out) await writeResults(values.out, { options: values, rows });
