import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startWorkerProcess } from '../../src/cli/rehearse/worker-process.ts';
import { connectTemporal, type Temporal } from '../../src/cli/temporal/connect.ts';
import { searchAttributeList } from '../../src/cli/temporal/search-attributes.ts';
import { expandHome } from '../../src/cluster/clusters-file.ts';
import type { Handover } from '../../src/model/plan.ts';
import { resolveBinaries } from '../../src/rehearsal/binaries/resolve.ts';
import { startTemporal } from '../../src/rehearsal/temporal-server.ts';

/** The name of the cluster in commands and reports. */
export const CLUSTER = 'disposable';
export const REQUESTER = 'requester@test';
export const APPROVER = 'oncall@test';

export interface Access {
  kubeconfig: string;
  context: string;
  uid: string;
}

/** A Temporal of its own and a worker for one cluster that is there already. */
export interface Stage {
  temporal: Temporal;
  taskQueue: string;
  /** How nodes are handed over from the next run on. */
  setHandover(handover: Handover, drainTimeout: string): Promise<void>;
}

export async function setStage(
  access: Access,
  cleanup: AsyncDisposableStack,
  onProgress: (line: string) => void,
): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), 'proxyshift-test-cluster-'));
  cleanup.defer(() => rm(directory, { recursive: true, force: true }));
  const { temporal: binary } = await resolveBinaries(['temporal'], { onProgress });
  const server = await startTemporal({ binary, searchAttributes: searchAttributeList, onProgress });
  cleanup.defer(() => server.stop());
  const temporal = cleanup.use(await connectTemporal({ ...server, ignoreEnvironment: true }));
  const clusters = join(directory, 'clusters.yaml');
  const taskQueue = 'proxyshift-test-cluster';
  const setHandover = (handover: Handover, drainTimeout: string) =>
    writeFile(clusters, clustersYaml(access, taskQueue, { handover, drainTimeout }));
  await setHandover('restart', '0s');
  const worker = cleanup.use(
    startWorkerProcess({
      clusters,
      address: temporal.address,
      namespace: temporal.namespace,
      logFile: process.env.PROXYSHIFT_WORKER_LOG ?? join(directory, 'worker.log'),
      env: { TEMPORAL_CONFIG_FILE: join(directory, 'no-profile.toml') },
      readyMessage: 'worker is running',
    }),
  );
  await worker.ready;
  return { temporal, taskQueue, setHandover };
}

function clustersYaml(
  { kubeconfig, context, uid }: Access,
  taskQueue: string,
  rollout: Record<string, string>,
): string {
  const entry = {
    kubeconfig: expandHome(kubeconfig),
    context,
    uid,
    approval: { approvers: [APPROVER], timeout: '1h' },
    // One node at a time: a cluster to be thrown away has few.
    rollout: { maxUnavailable: 1, canarySoak: '5s', nodeTimeout: '5m', soak: '5s', ...rollout },
  };
  return stringify({ apiVersion: 'proxyshift.dev/v1', taskQueue, clusters: { [CLUSTER]: entry } });
}
