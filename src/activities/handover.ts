import type { Cluster } from '../cluster/connect.ts';
import type { DaemonPodWatch } from '../cluster/daemon-pod-watch.ts';
import type { ObserveOptions } from '../cluster/kube-proxy/observe.ts';
import type { DaemonPod } from '../cluster/pods.ts';
import type { ProxyProof } from '../model/node-proof.ts';
import type { Wave } from '../model/steps.ts';

/** What is known of a node that is not done, for the failure's report. */
export interface Unfinished {
  why: string;
  pod: DaemonPod | undefined;
}

/** What a hand-over works with. */
export interface HandoverContext {
  cluster: Cluster;
  /** kube-proxy's pods, of all nodes. */
  watch: DaemonPodWatch;
  node: string;
  wave: Pick<Wave, 'mode' | 'handover' | 'again' | 'nodeTimeoutMs' | 'drainTimeoutMs'>;
  metricsPort: number;
  /** Whether the log is asked as the second witness. */
  log: ObserveOptions['log'];
  /** Told where the node is on its way. */
  report: (state: Unfinished) => void;
}

/** A node that will not get there. */
export class NodeFailed extends Error {}

/**
 * One node's way into the wanted mode. What is seen on the node decides what is done, so a hand-over can be begun again at
 * any point, by any worker.
 */
export interface Handover {
  /**
   * Resolves with the proof that the node serves in the wanted mode.
   * @throws NodeFailed, the signal's reason, Failure of the API server
   */
  run(signal: AbortSignal): Promise<ProxyProof>;
}
