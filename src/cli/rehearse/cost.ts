import { readFile } from 'node:fs/promises';
import type { Report } from '../../model/report.ts';
import { workerUser } from '../../rehearsal/worker-access.ts';
import type { Stage } from './stage.ts';

/** What a run asked of its surroundings. */
export interface Cost {
  /** Events and bytes of the workflow's history. */
  history: { events: number; bytes: number };
  /** Requests of the worker, as the API server's audit log has them; reviews of its own permissions included. */
  requests: { total: number; perNode: number; byVerb: Record<string, number> };
  /** The most memory that the worker had (bytes, resident); absent where the system does not tell. */
  workerPeakBytes?: number;
}

/** Counts after the run has ended. */
export async function costOf({ temporal, cluster, workerPid }: Stage, { workflowId, runId }: Report): Promise<Cost> {
  const description = await temporal.client.workflow.getHandle(workflowId, runId).describe();
  const byVerb: Record<string, number> = {};
  let total = 0;
  for (const { user, verb, resource, count } of await cluster.requests()) {
    if (user !== workerUser) continue;
    const what = `${verb} ${resource}`;
    byVerb[what] = (byVerb[what] ?? 0) + count;
    total += count;
  }
  const nodes = Math.max(1, cluster.nodes().length);
  const workerPeakBytes = await peakMemoryOf(workerPid);
  return {
    history: { events: description.historyLength, bytes: description.historySize ?? 0 },
    requests: { total, perNode: Math.round((total / nodes) * 10) / 10, byVerb },
    ...(workerPeakBytes === undefined ? {} : { workerPeakBytes }),
  };
}

/** The most memory that a process ever had (bytes): `VmHWM` of proc(5), which only Linux has. */
async function peakMemoryOf(pid: number): Promise<number | undefined> {
  try {
    const kib = /^VmHWM:\s*(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** One line of the summary. */
export function costLine({ history, requests }: Cost): string {
  const kib = (history.bytes / 1024).toFixed(0);
  return `${history.events} events (${kib} KiB) in Temporal, ${requests.total} API requests (${requests.perNode} a node)`;
}
