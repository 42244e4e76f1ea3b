import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../../src/cluster/connect.ts';
import { hasSynced } from '../../src/cluster/kube-proxy/metrics.ts';
import { PROXY_CONTAINER } from '../../src/cluster/kube-proxy/pods.ts';
import { ProxyProcess } from '../../src/cluster/kube-proxy/process.ts';
import { listObjects } from '../../src/cluster/objects.ts';
import { parseDaemonPod } from '../../src/cluster/pods.ts';
import { standbyPorts } from '../../src/cluster/standby/config.ts';
import { standbySelector } from '../../src/cluster/standby/names.ts';
import { Failure } from '../../src/model/failure.ts';

/** There is nothing to watch for a first sync (ms). */
const PAUSE_MS = 1_000;

/** Waits until a stand-by in nftables mode has synced, as the product sees it. @throws after three minutes */
export async function standbyInStep(cluster: Cluster): Promise<void> {
  const signal = AbortSignal.timeout(180_000);
  const pods = { apiVersion: 'v1', plural: 'pods', namespace: 'kube-system', labelSelector: standbySelector };
  for (;;) {
    for (const object of await listObjects(cluster, pods, { signal })) {
      const pod = parseDaemonPod(object, PROXY_CONTAINER);
      if (!pod?.running) continue;
      try {
        await using process = await ProxyProcess.open(cluster, pod, standbyPorts.nftables.metrics, { signal });
        if (hasSynced(await process.metrics({ signal }))) return;
      } catch (error) {
        // It does not listen yet.
        if (!(error instanceof Failure)) throw error;
      }
    }
    await delay(PAUSE_MS, undefined, { signal });
  }
}
