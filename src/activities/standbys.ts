import type { Cluster } from '../cluster/connect.ts';
import { DaemonPodWatch } from '../cluster/daemon-pod-watch.ts';
import type { DaemonSet } from '../cluster/daemon-sets.ts';
import { readProxyConfigMap } from '../cluster/kube-proxy/config-map.ts';
import { PROXY_CONTAINER, readProxyDaemonSet } from '../cluster/kube-proxy/pods.ts';
import { crashLoops, type DaemonPod } from '../cluster/pods.ts';
import { standbyConfig } from '../cluster/standby/config.ts';
import { type StandbyMode, type StandbyPurpose, standbyName, standbySelector } from '../cluster/standby/names.ts';
import { createStandby, deleteStandby } from '../cluster/standby/pods.ts';
import { Failure } from '../model/failure.ts';
import { NodeFailed } from './handover.ts';
import { rejectOnAbort } from './restart-node.ts';

/** The stand-bys of a cluster: one watch for those of all nodes, and what a new one is made of. */
export class Standbys {
  readonly #cluster: Cluster;
  readonly #daemonSet: DaemonSet;
  /** Of the ConfigMap. */
  readonly #text: string;
  readonly watch: DaemonPodWatch;

  private constructor(cluster: Cluster, daemonSet: DaemonSet, text: string, watch: DaemonPodWatch) {
    this.#cluster = cluster;
    this.#daemonSet = daemonSet;
    this.#text = text;
    this.watch = watch;
  }

  /** @throws Failure where DaemonSet, ConfigMap or pods cannot be read */
  static async open(cluster: Cluster, signal: AbortSignal): Promise<Standbys> {
    const [daemonSet, { text }, watch] = await Promise.all([
      readProxyDaemonSet(cluster),
      readProxyConfigMap(cluster),
      DaemonPodWatch.open(cluster, {
        namespace: 'kube-system',
        labelSelector: standbySelector,
        container: PROXY_CONTAINER,
        signal,
      }),
    ]);
    return new Standbys(cluster, daemonSet, text, watch);
  }

  /** Those of a node that are not on their way out. */
  on(node: string): DaemonPod[] {
    return this.watch.on(node).filter(({ terminating }) => !terminating);
  }

  /** The pod of this kind on a node; created where there is none. @throws NodeFailed where it is not let in */
  async ensure(node: string, purpose: StandbyPurpose, mode: StandbyMode, signal: AbortSignal): Promise<DaemonPod> {
    const name = standbyName(purpose, mode, node);
    // One of this name that is being deleted has to go first.
    await this.#gone(node, (pod) => pod.name === name && pod.terminating, signal);
    const present = this.on(node).find((pod) => pod.name === name);
    if (present) return present;
    await this.#create(node, purpose, mode, signal);
    const stopped = rejectOnAbort(signal);
    return await Promise.race([this.watch.until(node, () => this.on(node).find((pod) => pod.name === name)), stopped]);
  }

  /** Deletes these pods of a node, and waits until they are gone: their processes have ended then. */
  async remove(node: string, which: (pod: DaemonPod) => boolean, signal: AbortSignal): Promise<void> {
    for (const pod of this.on(node).filter(which)) await deleteStandby(this.#cluster, pod, { signal });
    await this.#gone(node, which, signal);
  }

  /**
   * Takes away what a stand-by of this mode has left on a node, while kube-proxy serves there in another one: kube-proxy's
   * own clean-up, with no more than the programs that the stand-by had. Connections that run are not touched: their
   * translation is in the kernel's connection table.
   *
   * Where the rules cannot be taken away, a stand-by that was there is put back: rules that nobody keeps in step are worse.
   *
   * @throws NodeFailed
   */
  async clear(node: string, mode: StandbyMode, signal: AbortSignal): Promise<void> {
    const serving = standbyName('serve', mode, node);
    const served = this.on(node).some(({ name }) => name === serving);
    await this.ensure(node, 'mark', mode, signal);
    await this.remove(node, ({ name }) => name === serving, signal);
    try {
      await this.#clean(node, mode, signal);
    } catch (error) {
      if (served && error instanceof NodeFailed) await this.ensure(node, 'serve', mode, signal);
      throw error;
    }
    await this.remove(node, ({ name }) => name === standbyName('mark', mode, node), signal);
  }

  async #clean(node: string, mode: StandbyMode, signal: AbortSignal): Promise<void> {
    const { name } = await this.ensure(node, 'clean', mode, signal);
    const stopped = rejectOnAbort(signal);
    const finished = await Promise.race([
      this.watch.until(node, (pods) => {
        const pod = pods.find((candidate) => candidate.name === name);
        return pod === undefined || pod.ended || crashLoops(pod) ? { pod } : undefined;
      }),
      stopped,
    ]);
    await this.remove(node, (pod) => pod.name === name, signal);
    if (finished.pod?.ended === 'Succeeded') return;
    throw new NodeFailed(
      `the rules of ${mode} could not be taken away (${finished.pod?.trouble ?? 'its pod is gone'})`,
    );
  }

  async #create(node: string, purpose: StandbyPurpose, mode: StandbyMode, signal: AbortSignal): Promise<void> {
    const config = standbyConfig(this.#text, mode);
    try {
      await createStandby(this.#cluster, { daemonSet: this.#daemonSet, config, node, purpose, mode }, { signal });
    } catch (error) {
      // What one node is refused (a quota, a policy by node) is no reason to end the run for all.
      if (error instanceof Failure && (error.kind === 'Forbidden' || error.kind === 'Invalid'))
        throw new NodeFailed(`its stand-by is not let in: ${error.message}`);
      throw error;
    }
  }

  async #gone(node: string, which: (pod: DaemonPod) => boolean, signal: AbortSignal): Promise<void> {
    const none = (pods: DaemonPod[]) => (pods.some(which) ? undefined : true);
    await Promise.race([this.watch.until(node, none), rejectOnAbort(signal)]);
  }
}
