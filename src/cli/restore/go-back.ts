import { awaitCalico, restoreCalico } from '../../activities/calico.ts';
import { clearStandbys } from '../../activities/clear-standbys.ts';
import { restoreDaemonSet, restoreProxyConfig, writeOriginalMode } from '../../activities/kube-proxy-config.ts';
import { findNodesToRestart } from '../../activities/observe-nodes.ts';
import { restartWave } from '../../activities/restart-wave.ts';
import type { ClusterContext } from '../../activities/step-context.ts';
import { verifyRestored } from '../../activities/verify-restored.ts';
import { Failure } from '../../model/failure.ts';
import type { FelixProof, LeftBehind, ProxyProof } from '../../model/node-proof.ts';
import { ungroupFelix, ungroupProofs } from '../../model/proof-groups.ts';
import { SHORTEST_WAY_BACK_MS } from '../../model/shortest-way-back.ts';
import type { Restore } from '../../model/steps.ts';
import { returnFromEbpf } from './return-from-ebpf.ts';
import type { Timeline } from './timeline.ts';

/** What was seen when everything was as it was. */
export interface Restored {
  nodes: ProxyProof[];
  /** Not Ready, so that nothing could be seen of them. */
  notReady: LeftBehind[];
  felix: FelixProof[];
}

export interface GoBackOptions {
  timeline: Timeline;
  /** A node that works and is not in its mode: it goes first, alone, and where it does not come up nothing else is touched. */
  canary: string | undefined;
}

/**
 * The way back of a run, done from a terminal by the functions behind its activities, in the same order: Calico, the mode
 * in the ConfigMap, each node that is not in its mode, the whole ConfigMap, and the proof.
 *
 * @throws Failure of the first step that does not succeed; nodes that do not come up do not keep the others from it
 */
export async function goBack(
  context: ClusterContext,
  restore: Restore,
  { timeline, canary }: GoBackOptions,
): Promise<Restored> {
  const { calico, kubeProxy, ebpf } = restore;
  if (ebpf?.needed) await returnFromEbpf(context, restore, { timeline, ebpf });
  if (calico?.needed) {
    await timeline.step("Make Calico's objects equal to the snapshot", () => restoreCalico(context, restore));
    await timeline.step('Wait until every Felix is back', () =>
      awaitCalico(context, { cluster: restore.cluster, calico, towards: 'original', except: [] }),
    );
  }
  if (kubeProxy.needed) await returnKubeProxy(context, restore, { timeline, canary });
  const { proofs, notReady, felix } = await timeline.step('Verify that objects and nodes are as they were', () =>
    verifyRestored(context, restore),
  );
  return { nodes: ungroupProofs(proofs), notReady, felix: ungroupFelix(felix) };
}

async function returnKubeProxy(
  context: ClusterContext,
  restore: Restore,
  { timeline, canary }: GoBackOptions,
): Promise<void> {
  const { cluster, otherModes, kubeProxy } = restore;
  const { from, strategy, waveSize, notReadyTimeoutMs } = kubeProxy;
  await timeline.step(`Write mode ${from} back into ConfigMap kube-system/kube-proxy`, () =>
    writeOriginalMode(context, restore),
  );
  const nodeTimeoutMs = Math.max(kubeProxy.nodeTimeoutMs, SHORTEST_WAY_BACK_MS);
  const { handover, drainTimeoutMs } = kubeProxy;
  const limits = { nodeTimeoutMs, notReadyTimeoutMs, drainTimeoutMs };
  const wave = { cluster, mode: from, handover, again: false, ...limits } as const;
  const restart = async (nodes: string[], label: string) => {
    const what = `Restart kube-proxy on ${nodes.join(', ')} (${label}, back to ${from})`;
    await timeline.step(what, async () => {
      const handed = await restartWave(context, { ...wave, nodes });
      const left = handed.failed.map(({ node }) => node);
      // Without a stand-by, where none can be had: to leave them where they are would be worse.
      const { failed } =
        handover === 'restart' || left.length === 0
          ? handed
          : await restartWave(context, { ...wave, handover: 'restart', nodes: left });
      const [first] = failed;
      if (first === undefined) return;
      throw new Failure('Unhealthy', `kube-proxy on ${first.node} did not come back: ${first.why}`, { nodes: failed });
    });
  };
  const find = () =>
    timeline.step('Look for nodes that are not in their original mode', () =>
      findNodesToRestart(context, { cluster, wanted: { default: from, nodes: otherModes } }),
    );
  // Out of eBPF kube-proxy has just come back on every node: which of them are in another mode was not known before.
  const first = canary ?? (restore.ebpf?.needed ? (await find())[0] : undefined);
  if (first !== undefined) await restart([first], 'alone');

  if (strategy === 'rolling') {
    await timeline.step('Make DaemonSet kube-system/kube-proxy equal to the snapshot', () =>
      restoreDaemonSet(context, restore),
    );
    const replaced = await find();
    // What the DaemonSet does not replace is restarted below.
    await timeline.step('Wait until its DaemonSet has replaced the pods of kube-proxy', () =>
      restartWave(context, { ...wave, nodes: replaced, handover: 'rolling' }),
    );
  }
  const nodes = await find();
  const failures: unknown[] = [];
  for (let at = 0; at < nodes.length; at += waveSize) {
    const some = nodes.slice(at, at + waveSize);
    try {
      await restart(some, `${at + some.length} of ${nodes.length}`);
    } catch (error) {
      context.signal.throwIfAborted();
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  if (handover === 'make-before-break') {
    const { kept } = await timeline.step('Remove what stand-bys have left', () =>
      clearStandbys(context, { cluster, nodes: [], timeoutMs: nodeTimeoutMs }),
    );
    const [first] = kept;
    if (first)
      throw new Failure('Unhealthy', `The stand-by of ${first.node} could not be taken away: ${first.why}`, {
        nodes: kept,
      });
  }
  await timeline.step('Make ConfigMap kube-system/kube-proxy equal to the snapshot', () =>
    restoreProxyConfig(context, restore),
  );
}
