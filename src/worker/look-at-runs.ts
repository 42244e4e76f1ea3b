import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import pMap from 'p-map';
import { blockers } from '../model/finding.ts';
import { type Progress, progressSchema } from '../model/progress.ts';
import { searchAttributes } from '../model/search-attributes.ts';
import { keptReportSchema } from '../model/stored-report.ts';

/** For one call to Temporal (ms). */
const CALL_DEADLINE_MS = 5_000;
/** Runs that are asked at once. */
const CONCURRENCY = 5;
/** So many runs are listed, the newest ones, of the open and of the ended ones each. */
const MOST_RUNS = 500;

const clusterKey = defineSearchAttributeKey(searchAttributes.cluster, 'KEYWORD');
const phaseKey = defineSearchAttributeKey(searchAttributes.phase, 'KEYWORD');
const outcomeKey = defineSearchAttributeKey(searchAttributes.outcome, 'KEYWORD');

/** A run that is open. */
export interface OpenRun {
  cluster: string;
  phase: string;
  startedAt: Date;
  /** Absent where no worker answered. */
  progress?: Progress;
}

/** The last run of a cluster that has ended. */
export interface EndedRun {
  cluster: string;
  /** One of the outcomes, or how Temporal ended it: `failed`, `terminated`, `cancelled`. */
  outcome: string;
  endedAt: Date;
  /** Of one that ended as blocked: how often each code was in the way. */
  blockers: Record<string, number>;
}

export interface Runs {
  open: OpenRun[];
  ended: EndedRun[];
}

/**
 * Asks Temporal for the runs of a task queue. Open ones are asked where they are, which a worker that has them in its cache answers
 * at once. Ended ones are not, since a worker would have to replay each: what is known of them is in Temporal's visibility, and the
 * result of one that was blocked, which is read once.
 */
export function lookAtRuns(client: Client, taskQueue: string): () => Promise<Runs> {
  const known = new Map<string, Record<string, number>>();
  const ofQueue = `TaskQueue = "${taskQueue.replaceAll('"', '\\"')}" AND WorkflowType IN ("migrateCluster", "rollBackCluster")`;

  return async () => {
    const [openInfos, endedInfos] = await Promise.all([
      list(client, `${ofQueue} AND ExecutionStatus = "Running"`),
      list(client, `${ofQueue} AND ExecutionStatus != "Running"`),
    ]);
    const last = lastOfEach(endedInfos);
    const [open, ended] = await Promise.all([
      pMap(openInfos, (info) => openRun(client, info), { concurrency: CONCURRENCY }),
      pMap(last, (info) => endedRun(client, info, known), { concurrency: CONCURRENCY }),
    ]);
    const kept = new Set(last.map(({ runId }) => runId));
    for (const runId of known.keys()) if (!kept.has(runId)) known.delete(runId);
    return { open, ended };
  };
}

/** Newest first, as Temporal lists them. */
async function list(client: Client, query: string): Promise<WorkflowExecutionInfo[]> {
  return await client.connection.withDeadline(Date.now() + CALL_DEADLINE_MS, async () => {
    const found: WorkflowExecutionInfo[] = [];
    for await (const info of client.workflow.list({ query, pageSize: MOST_RUNS })) {
      found.push(info);
      if (found.length === MOST_RUNS) break;
    }
    return found;
  });
}

function lastOfEach(infos: readonly WorkflowExecutionInfo[]): WorkflowExecutionInfo[] {
  const last = new Map<string, WorkflowExecutionInfo>();
  for (const info of infos) {
    const before = last.get(info.workflowId);
    if (before === undefined || closedAt(info) > closedAt(before)) last.set(info.workflowId, info);
  }
  return [...last.values()];
}

function closedAt({ closeTime, startTime }: WorkflowExecutionInfo): number {
  return (closeTime ?? startTime).getTime();
}

async function openRun(client: Client, info: WorkflowExecutionInfo): Promise<OpenRun> {
  const handle = client.workflow.getHandle(info.workflowId, info.runId);
  const progress = await client.connection
    .withDeadline(Date.now() + CALL_DEADLINE_MS, () => handle.query('progress'))
    // It has just ended, or no worker answers: what Temporal itself knows is shown.
    .catch(() => undefined);
  const parsed = progressSchema.safeParse(progress);
  return {
    cluster: clusterOf(info),
    phase: parsed.data?.phase ?? info.typedSearchAttributes.get(phaseKey) ?? 'preflight',
    startedAt: info.startTime,
    ...(parsed.success ? { progress: parsed.data } : {}),
  };
}

async function endedRun(
  client: Client,
  info: WorkflowExecutionInfo,
  known: Map<string, Record<string, number>>,
): Promise<EndedRun> {
  const outcome = info.typedSearchAttributes.get(outcomeKey) ?? info.status.name.toLowerCase();
  return {
    cluster: clusterOf(info),
    outcome,
    endedAt: new Date(closedAt(info)),
    blockers: outcome === 'blocked' ? await blockersOf(client, info, known) : {},
  };
}

/** From the result of the run, which is in its history: no worker is asked. */
async function blockersOf(
  client: Client,
  { workflowId, runId }: WorkflowExecutionInfo,
  known: Map<string, Record<string, number>>,
): Promise<Record<string, number>> {
  const before = known.get(runId);
  if (before !== undefined) return before;
  const handle = client.workflow.getHandle(workflowId, runId);
  const result = await client.connection
    .withDeadline(Date.now() + CALL_DEADLINE_MS, () => handle.result())
    // Terminated after it had said that it was blocked, or its history is gone: there is nothing to count.
    .catch(() => undefined);
  const report = keptReportSchema.safeParse(result);
  const counts: Record<string, number> = {};
  for (const { code } of report.success ? blockers(report.data.findings) : []) counts[code] = (counts[code] ?? 0) + 1;
  known.set(runId, counts);
  return counts;
}

function clusterOf({ typedSearchAttributes, workflowId }: WorkflowExecutionInfo): string {
  return typedSearchAttributes.get(clusterKey) ?? workflowId.replace(/^proxyshift\//, '');
}
