import type { LeftBehind } from '../model/node-proof.ts';
import type { Plan } from '../model/plan.ts';
import { awaitCalicoOn } from './calico.ts';
import { canaryGate, soakCanary } from './canary-gate.ts';
import { asPlanSays } from './failure-policy.ts';
import { unhealthy } from './failures.ts';
import { HANDOVER_VERBS, type HandOverOptions, handOver, named, whyFailed } from './hand-over.ts';
import { waveSizeOf } from './restore.ts';
import type { Run } from './run.ts';
import { step } from './step-options.ts';

/** Who says whether the next wave may begin. Each throws where the run goes another way. */
export interface WaveGates {
  /** What has to hold before a wave. */
  beforeWave(): Promise<void>;
  /** The part of it that tells what the waves so far have done. */
  isHealthy(): Promise<void>;
  /** The run itself has written the DaemonSet. */
  takeDaemonSetAsItIs(): Promise<void>;
}

/**
 * The walk over the nodes of a plan: one wave after the other, each proven before the next begins. A node that fails is
 * tried once more, and then counts; the plan says how many may.
 */
export class WaveWalk {
  readonly #run: Run;
  readonly #plan: Plan;
  readonly #gates: WaveGates;
  /** By node: those that failed twice, and were not mended since. */
  readonly #failed = new Map<string, LeftBehind>();

  constructor(run: Run, plan: Plan, gates: WaveGates) {
    this.#run = run;
    this.#plan = plan;
    this.#gates = gates;
  }

  /** The waves of the plan, in its order. @throws ApplicationFailure `Unhealthy`, AbortRequested, RollbackRequested */
  async walk(): Promise<void> {
    const { waves, canary, canarySoakMs } = this.#plan.kubeProxy;
    for (const [index, nodes] of waves.entries()) {
      const isCanary = index === 0 && canary !== undefined;
      this.#run.journal.wave = { current: index + 1, total: waves.length };
      const label = isCanary ? 'canary' : `wave ${index + 1} of ${waves.length}`;
      await this.#wave(nodes, { label, wave: index + 1, canary: isCanary });
      if (!isCanary) continue;
      await soakCanary(this.#run, this.#plan, canary.node);
      if (canarySoakMs > 0) await this.#felixFollowed([canary.node]);
      await canaryGate(this.#run, this.#plan, canary.node, () => this.#gates.isHealthy());
    }
    this.#run.journal.wave = undefined;
  }

  /** The DaemonSet replaces all of its pods by its own strategy; each node is proven all the same. */
  async roll(): Promise<void> {
    const { cluster, journal } = this.#run;
    await this.#gates.beforeWave();
    const restart = 'Restart DaemonSet kube-system/kube-proxy';
    const at = new Date().toISOString();
    await journal.step(restart, () => step({ summary: restart }).restartDaemonSet({ cluster, at }));
    await this.#gates.takeDaemonSetAsItIs();
    const { waves } = this.#plan.kubeProxy;
    const nodes = waves.flat();
    if (nodes.length === 0) return;
    const what = `Wait until its DaemonSet has replaced kube-proxy on ${named(nodes)}`;
    await this.#handOver(nodes, { what, handover: 'rolling', ...(waves.length === 1 ? { wave: 1 } : {}) });
  }

  /** Nodes that joined, came back or fell back meanwhile, as many at once as the largest wave. */
  async catchUp(nodes: readonly string[]): Promise<void> {
    for (const wave of inWaves(nodes, waveSizeOf(this.#plan)))
      await this.#wave(wave, { label: 'joined or came back meanwhile' });
  }

  async #wave(
    nodes: readonly string[],
    { label, ...which }: { label: string } & Pick<HandOverOptions, 'wave' | 'canary'>,
  ): Promise<void> {
    await this.#gates.beforeWave();
    const { handover } = this.#plan.kubeProxy;
    const what = `${HANDOVER_VERBS[handover]} ${named(nodes)} (${label})`;
    await this.#handOver(nodes, { what, handover, ...which });
  }

  async #handOver(
    nodes: readonly string[],
    how: Pick<HandOverOptions, 'what' | 'handover' | 'wave' | 'canary'>,
  ): Promise<void> {
    const { failed } = await handOver(this.#run, { ...this.#options(nodes), ...how });
    this.#mended(nodes);
    if (failed.length > 0) await this.#again(failed, how.canary === true);
    await this.#felixFollowed(nodes.filter(this.#run.journal.hasReached));
  }

  async #felixFollowed(nodes: string[]): Promise<void> {
    await asPlanSays(this.#run, this.#plan, () => awaitCalicoOn(this.#run, this.#plan, nodes));
  }

  /** Tries failed nodes once more; what still fails counts, and where that is too much the run acts as the plan says. */
  async #again(failed: readonly LeftBehind[], isCanary: boolean): Promise<void> {
    const nodes = failed.map(({ node }) => node);
    const what = `Try kube-proxy on ${named(nodes)} once more`;
    const result = await handOver(this.#run, {
      ...this.#options(nodes),
      what,
      handover: this.#plan.kubeProxy.handover,
      again: true,
    });
    this.#mended(nodes);
    for (const left of result.failed) this.#failed.set(left.node, left);
    if (result.failed.length === 0) return;
    const { failureBudget, onFailure } = this.#plan.kubeProxy;
    // A canary that fails says what the others would do: no budget covers it.
    if (!isCanary && this.#failed.size <= failureBudget) {
      this.#run.journal.leaveBehind(result.failed);
      return;
    }
    const all = [...this.#failed.values()];
    if (onFailure === 'rollback') throw tooMany(all, this.#plan);
    await this.#run.hold(sentence(all, this.#plan));
    await this.#again(result.failed, isCanary);
  }

  #mended(nodes: readonly string[]): void {
    for (const node of nodes) this.#failed.delete(node);
  }

  #options(nodes: readonly string[]): Omit<HandOverOptions, 'what' | 'handover'> {
    const { to: mode, nodeTimeoutMs, notReadyTimeoutMs, drainTimeoutMs } = this.#plan.kubeProxy;
    return { nodes, mode, nodeTimeoutMs, notReadyTimeoutMs, drainTimeoutMs };
  }
}

/** So many at once. */
export function inWaves(nodes: readonly string[], size: number): string[][] {
  return Array.from({ length: Math.ceil(nodes.length / size) }, (_, at) => nodes.slice(at * size, (at + 1) * size));
}

function tooMany(failed: readonly LeftBehind[], plan: Plan) {
  return unhealthy(sentence(failed, plan), {
    object: 'DaemonSet kube-system/kube-proxy',
    nodes: [...failed],
    hint: `Look at it with: kubectl -n kube-system get pods -l k8s-app=kube-proxy -o wide --field-selector spec.nodeName=${failed[0]?.node}`,
  });
}

function sentence(failed: readonly LeftBehind[], { kubeProxy: { to, failureBudget } }: Plan): string {
  const budget = failureBudget > 0 ? `, and the plan accepts ${failureBudget}` : '';
  return `${whyFailed(failed, to)}${budget}`;
}
