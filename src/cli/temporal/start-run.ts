import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { Failure } from '../../model/failure.ts';
import { type MigrationRequest, workflowIdOf } from '../../model/request.ts';
import type { Temporal } from './connect.ts';
import { fromGrpc } from './errors.ts';
import { Run } from './run.ts';

/** The name of the workflow function in src/workflows/migrate-cluster.ts. */
const WORKFLOW_TYPE = 'migrateCluster';

export interface StartedRun {
  workflowId: string;
  runId: string;
}

/** Starts the one run that may be open on a cluster. @throws Failure `Refused` where one is open already */
export async function startRun(temporal: Temporal, request: MigrationRequest, taskQueue: string): Promise<StartedRun> {
  const workflowId = workflowIdOf(request.cluster);
  const { cluster, requester, target, ignoreChecks = [] } = request;
  try {
    const handle = await temporal.client.workflow.start(WORKFLOW_TYPE, {
      workflowId,
      taskQueue,
      args: [request],
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      memo: { requester },
      staticSummary:
        target === 'ebpf' ? `${cluster}: to Calico's eBPF mode` : `${cluster}: kube-proxy and Calico to ${target}`,
      staticDetails: [
        target === 'ebpf'
          ? `Moves **${cluster}** from kube-proxy to Calico's eBPF mode. People restart nodes on the way: \`proxyshift status ${cluster}\` says which.`
          : `Moves **${cluster}** from kube-proxy ipvs to ${target}, and its Calico with it.`,
        `Asked for by ${requester}. Nothing is written before another person approves the plan.`,
        ...(ignoreChecks.length > 0 ? [`Blockers of ${ignoreChecks.join(', ')} become warnings of the plan.`] : []),
        `\`proxyshift status ${cluster} --watch\` · \`proxyshift approve ${cluster}\` · \`proxyshift rollback ${cluster}\``,
      ].join('\n\n'),
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
