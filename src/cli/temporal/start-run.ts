import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { Failure } from '../../model/failure.ts';
import { type MigrationRequest, type RollbackRequest, workflowIdOf } from '../../model/request.ts';
import type { Temporal } from './connect.ts';
import { fromGrpc } from './errors.ts';
import { Run } from './run.ts';

export interface StartedRun {
  workflowId: string;
  runId: string;
}

/** Starts the one run that may be open on a cluster. @throws Failure `Refused` where one is open already */
export async function startRun(temporal: Temporal, request: MigrationRequest, taskQueue: string): Promise<StartedRun> {
  const { cluster, requester, target, ignoreChecks = [], takeOverLock } = request;
  return await startWorkflow(temporal, {
    type: 'migrateCluster',
    request,
    taskQueue,
    summary: target === 'ebpf' ? `${cluster}: to Calico's eBPF mode` : `${cluster}: kube-proxy and Calico to ${target}`,
    details: [
      target === 'ebpf'
        ? `Moves **${cluster}** from kube-proxy to Calico's eBPF mode. People restart nodes on the way: \`proxyshift status ${cluster}\` says which.`
        : `Moves **${cluster}** from kube-proxy ipvs to ${target}, and its Calico with it.`,
      `Asked for by ${requester}. Nothing is written before another person approves the plan.`,
      ...(ignoreChecks.length > 0 ? [`Blockers of ${ignoreChecks.join(', ')} become warnings of the plan.`] : []),
      ...(takeOverLock === undefined ? [] : [`Takes the lock over from ${takeOverLock}.`]),
      `\`proxyshift status ${cluster} --watch\` · \`proxyshift approve ${cluster}\` · \`proxyshift rollback ${cluster}\``,
    ],
  });
}

/** Starts a rollback of a run that has ended: it is the one run on its cluster. @throws as {@link startRun} */
export async function startRollback(
  temporal: Temporal,
  request: RollbackRequest,
  taskQueue: string,
): Promise<StartedRun> {
  const { cluster, requester, snapshot, takeOverLock } = request;
  return await startWorkflow(temporal, {
    type: 'rollBackCluster',
    request,
    taskQueue,
    summary: `${cluster}: back to what the migration found`,
    details: [
      `Takes **${cluster}** back to ${snapshot ?? 'the newest snapshot of a migration that changed something'}.`,
      `Asked for by ${requester}. Nothing is written before another person approves the plan.`,
      ...(takeOverLock === undefined ? [] : [`Takes the lock over from ${takeOverLock}.`]),
      `\`proxyshift plan ${cluster}\` · \`proxyshift approve ${cluster}\` · \`proxyshift status ${cluster} --watch\``,
    ],
  });
}

interface NewWorkflow {
  /** The name of the workflow function, as src/workflows/workflows.ts exports it. */
  type: 'migrateCluster' | 'rollBackCluster';
  request: MigrationRequest | RollbackRequest;
  taskQueue: string;
  summary: string;
  details: string[];
}

async function startWorkflow(
  temporal: Temporal,
  { type, request, taskQueue, summary, details }: NewWorkflow,
): Promise<StartedRun> {
  const { cluster, requester } = request;
  const workflowId = workflowIdOf(cluster);
  try {
    const handle = await temporal.client.workflow.start(type, {
      workflowId,
      taskQueue,
      args: [request],
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      memo: { requester },
      staticSummary: summary,
      staticDetails: details.join('\n\n'),
    });
    return { workflowId, runId: handle.firstExecutionRunId };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) throw await alreadyRunning(temporal, cluster, error);
    throw fromGrpc(temporal, error);
  }
}

async function alreadyRunning(temporal: Temporal, cluster: string, cause: Error): Promise<Failure> {
  const open = await new Run(temporal, cluster).describe();
  const who = open.requester ? `, asked for by ${open.requester}` : '';
  return new Failure(
    'Refused',
    `A run is open on ${cluster} since ${open.startedAt.toISOString()}${who}; there can be only one.`,
    { hint: `Look at it with: proxyshift status ${cluster}` },
    { cause },
  );
}
