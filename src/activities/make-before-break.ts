import { crashLoops, type DaemonPod } from '../cluster/pods.ts';
import { standbyPorts } from '../cluster/standby/config.ts';
import { type AwaitIpvsOptions, awaitIpvsState, type IpvsState } from '../cluster/standby/connections.ts';
import { isStandbyMode, type StandbyMode, standbyName } from '../cluster/standby/names.ts';
import type { ProxyProof } from '../model/node-proof.ts';
import { followProcess } from './follow-process.ts';
import { type Handover, type HandoverContext, NodeFailed, type Unfinished } from './handover.ts';
import { NodeRestart, rejectOnAbort } from './restart-node.ts';
import type { Standbys } from './standbys.ts';

/** The container counts every 2 s; a slow node takes longer (ms). */
const ONE_LOOK_MS = 10_000;
/** How long IPVS may take to be gone once kube-proxy has synced in nftables mode; it was flushed before (ms). */
const IPVS_GONE_MS = 30_000;
/** What the report says of a node whose stand-by did not tell. */
const UNCOUNTED = 'without seeing how many connections IPVS carried';

/**
 * The kubelet does not take a stand-by, or has thrown it out: it has no room (`OutOfpods`, `OutOfcpu`, …: pkg/kubelet/lifecycle/predicate.go),
 * or is short of something (`Evicted`: pkg/kubelet/eviction/eviction_manager.go).
 */
class NoRoom extends NodeFailed {}
const noRoom = /^(OutOf|Evicted)/;

/**
 * Hand-over by a second kube-proxy: it programs the wanted mode beside the one that is left, which goes on serving what it
 * carries; then the node's own kube-proxy is replaced, whose clean-up takes the old rules away while the new ones are in the
 * kernel; then the second one goes. New connections meet nftables before IPVS, so with both there they are in nftables.
 *
 * A node that has no room for a second one is restarted: to evict what runs there would do more harm.
 */
export class MakeBeforeBreak implements Handover {
  readonly #context: HandoverContext;
  readonly #standbys: Standbys;
  readonly #mode: StandbyMode;

  constructor(context: HandoverContext, standbys: Standbys) {
    const { mode } = context.wave;
    if (!isStandbyMode(mode)) throw new NodeFailed(`no stand-by can be made for mode ${mode}`);
    this.#context = context;
    this.#standbys = standbys;
    this.#mode = mode;
  }

  async run(signal: AbortSignal): Promise<ProxyProof> {
    try {
      return await this.#handOver(signal);
    } catch (error) {
      if (!(error instanceof NoRoom)) throw error;
      // One of the other mode may be all that serves the node: it stays until it is cleared away, beside one that serves.
      await this.#standbys.remove(this.#context.node, ({ name }) => name === this.#name, signal);
      const proof = await new NodeRestart(this.#context).run(signal);
      return { ...proof, handover: `by restart: no room for a stand-by (${error.message})` };
    }
  }

  async #handOver(signal: AbortSignal): Promise<ProxyProof> {
    const { node } = this.#context;
    const arrived = await this.#hasArrived(signal);
    const { standby, drained } = arrived ? { standby: this.#present(), drained: undefined } : await this.#ready(signal);
    // A stand-by of the other mode, left by a hand-over that was given up, would put its rules back.
    await this.#standbys.remove(node, ({ name }) => name !== standby?.name, signal);
    const proof = await new NodeRestart(this.#context).run(signal);
    const unseen = standby && this.#leavesIpvs ? await this.#ipvsGone(standby, signal) : undefined;
    await this.#standbys.remove(node, () => true, signal);
    const remarks = [unseen, arrived || drained || !this.#leavesIpvs ? undefined : UNCOUNTED];
    const said = remarks.filter((text) => text !== undefined).join('; ');
    return { ...proof, ...(drained ? { cut: drained.tcp } : {}), ...(said === '' ? {} : { handover: said }) };
  }

  /** A stand-by that serves, and what IPVS still carries when nothing is waited for any more. */
  async #ready(signal: AbortSignal): Promise<{ standby: DaemonPod; drained: IpvsState | undefined }> {
    for (;;) {
      const standby = await this.#inStep(signal);
      const drained = this.#leavesIpvs ? await this.#drain(standby, signal) : undefined;
      // It may have died meanwhile, and without it the next step would be the outage that it is there for.
      if (this.#present()?.uid === standby.uid) return { standby, drained };
    }
  }

  /** Whether the node's own kube-proxy is in the wanted mode already: one look. */
  async #hasArrived(signal: AbortSignal): Promise<boolean> {
    const { watch, node } = this.#context;
    const pod = watch.on(node).find(({ terminating, running }) => running && !terminating);
    if (pod === undefined) return false;
    const seen = await followProcess(this.#context, pod, { signal, onlyOnce: true, fresh: false });
    return seen.end === 'proven';
  }

  /** The stand-by that another worker has left behind the hand-over. */
  #present(): DaemonPod | undefined {
    return this.#standbys.on(this.#context.node).find(({ name, running }) => running && name === this.#name);
  }

  /** The stand-by, once its first sync has succeeded for each IP family: Ready says nothing. @throws NodeFailed */
  async #inStep(signal: AbortSignal): Promise<DaemonPod> {
    const { wave, report } = this.#context;
    const late = AbortSignal.timeout(wave.nodeTimeoutMs);
    let why = 'its stand-by is not there yet';
    const keep = (state: Unfinished) => {
      why = state.why;
      report(state);
    };
    try {
      return await this.#untilInStep(keep, AbortSignal.any([signal, late]));
    } catch (error) {
      signal.throwIfAborted();
      if (late.aborted) throw new NodeFailed(why);
      throw error;
    }
  }

  async #untilInStep(report: HandoverContext['report'], signal: AbortSignal): Promise<DaemonPod> {
    const { node } = this.#context;
    const name = this.#name;
    const stopped = rejectOnAbort(signal);
    for (;;) {
      signal.throwIfAborted();
      const pod = await this.#standbys.ensure(node, 'serve', this.#mode, signal);
      if (pod.rejected !== undefined && noRoom.test(pod.rejected)) throw new NoRoom(pod.rejected);
      if (pod.ended || crashLoops(pod))
        throw new NodeFailed(`its stand-by ${name} does not run (${pod.trouble ?? pod.ended})`);
      if (!pod.running) {
        report({ pod, why: `its stand-by ${name} does not run${pod.trouble ? ` (${pod.trouble})` : ' yet'}` });
        await Promise.race([this.#standbys.watch.changed(node), stopped]);
        continue;
      }
      const context = {
        ...this.#context,
        watch: this.#standbys.watch,
        metricsPort: standbyPorts[this.#mode].metrics,
        report: (state: Unfinished) => report({ ...state, why: `its stand-by ${state.why}` }),
      };
      const seen = await followProcess(context, pod, { signal, onlyOnce: false, fresh: false });
      if (seen.end === 'proven') return pod;
      if (seen.end !== 'gone') throw new NodeFailed(`its stand-by: ${seen.why}`);
    }
  }

  /** Waits until IPVS carries no connection any more, or for as long as the plan says; undefined where nobody counts. */
  async #drain(standby: DaemonPod, signal: AbortSignal): Promise<IpvsState | undefined> {
    const { wave, report } = this.#context;
    const over = Date.now() + wave.drainTimeoutMs;
    const state = await this.#await(standby, {
      // The last look is taken when the time is over, also where there was none to wait: for the report.
      enough: ({ tcp }) => tcp === 0 || Date.now() >= over,
      signal: AbortSignal.any([signal, AbortSignal.timeout(wave.drainTimeoutMs + ONE_LOOK_MS)]),
      onState: ({ tcp }) => report({ pod: standby, why: `IPVS still carries ${tcp} TCP connections` }),
    });
    signal.throwIfAborted();
    return state;
  }

  /**
   * kube-proxy's clean-up has taken IPVS away: no virtual server and no `kube-ipvs0`.
   * @returns what to say where that was not seen
   */
  async #ipvsGone(standby: DaemonPod, signal: AbortSignal): Promise<string | undefined> {
    this.#context.report({ pod: standby, why: 'runs nftables, but it was not seen yet that IPVS is gone' });
    const isGone = (state: IpvsState) => state.servers === 0 && !state.interface;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(IPVS_GONE_MS)]);
    const state = await this.#await(standby, { enough: isGone, signal: limit });
    signal.throwIfAborted();
    if (state === undefined) return 'without seeing that IPVS is empty';
    if (isGone(state)) return undefined;
    const left = `${state.servers} virtual servers${state.interface ? ', kube-ipvs0' : ''}`;
    throw new NodeFailed(`kube-proxy runs nftables, but IPVS is still there: ${left}`);
  }

  #await(standby: DaemonPod, options: Omit<AwaitIpvsOptions, 'goesOn'>): Promise<IpvsState | undefined> {
    const pod = { namespace: standby.namespace, pod: standby.name };
    const goesOn = () => this.#present()?.uid === standby.uid;
    return awaitIpvsState(this.#context.cluster, pod, { ...options, goesOn });
  }

  get #leavesIpvs(): boolean {
    return this.#mode === 'nftables';
  }

  get #name(): string {
    return standbyName('serve', this.#mode, this.#context.node);
  }
}
