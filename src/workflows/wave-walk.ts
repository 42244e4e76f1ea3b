import type { LeftBehind } from '../model/node-proof.ts';
import type { Plan } from '../model/plan.ts';
import { canaryGate, soakCanary } from './canary-gate.ts';
import { unhealthy } from './failures.ts';
import { type HandOverOptions, handOver, named, whyFailed } from './hand-over.ts';
import type { Run } from './run.ts';

/** What has to hold before a wave may begin. @throws where the run goes another way */
export type BeforeWave = () => Promise<void>;

/** What has to hold when a wave is done, beside kube-proxy itself. */
export type AfterWave = (nodes: readonly string[]) => Promise<void>;

/**
 * The walk over the nodes of a plan: one wave after the other, each proven before the next begins. A node that fails is
 * tried once more, and then counts; the plan says how many may.
 */
export class WaveWalk {
  readonly #run: Run;
  readonly #plan: Plan;
  readonly #beforeWave: BeforeWave;
  readonly #afterWave: AfterWave;
  /** By node: those that failed twice, and were not mended since. */
  readonly #failed = new Map<string, LeftBehind>();

  constructor(run: Run, plan: Plan, { beforeWave, afterWave }: { beforeWave: BeforeWave; afterWave: AfterWave }) {
    this.#run = run;
    this.#plan = plan;
    this.#beforeWave = beforeWave;
    this.#afterWave = afterWave;
  }

  /** The waves of the plan, in its order. @throws ApplicationFailure `Unhealthy`, AbortRequested, RollbackRequested */
  async walk(): Promise<void> {
    const { waves, canary } = this.#plan.kubeProxy;
    for (const [index, nodes] of waves.entries()) {
      const isCanary = index === 0 && canary !== undefined;
      this.#run.journal.wave = { current: index + 1, total: waves.length };
      await this.#wave(nodes, isCanary ? 'canary' : `wave ${index + 1} of ${waves.length}`, isCanary);
      if (!isCanary) continue;
      await soakCanary(this.#run, this.#plan, canary.node);
      await canaryGate(this.#run, this.#plan, canary.node);
    }
    this.#run.journal.wave = undefined;
  }

  /** Nodes that joined, came back or fell back meanwhile, as many at once as the largest wave. */
  async catchUp(nodes: readonly string[]): Promise<void> {
    for (const wave of inWaves(nodes, this.#plan)) await this.#wave(wave, 'joined or came back meanwhile', false);
  }

  async #wave(nodes: readonly string[], label: string, isCanary: boolean): Promise<void> {
    await this.#beforeWave();
    const options = this.#options(nodes);
    const first = await handOver(this.#run, { ...options, what: `Restart kube-proxy on ${named(nodes)} (${label})` });
    this.#mended(nodes);
    if (first.failed.length > 0) await this.#again(first.failed, isCanary);
    const done = nodes.filter((node) => !this.#failed.has(node) && !first.gone.includes(node));
    await this.#afterWave(done);
  }

  /** Tries failed nodes once more; what still fails counts, and where that is too much the run acts as the plan says. */
  async #again(failed: readonly LeftBehind[], isCanary: boolean): Promise<void> {
    const nodes = failed.map(({ node }) => node);
    const what = `Try kube-proxy on ${named(nodes)} once more`;
    const result = await handOver(this.#run, { ...this.#options(nodes), what, handover: 'restart', again: true });
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

  #options(nodes: readonly string[]): Omit<HandOverOptions, 'what'> {
    const { to: mode, nodeTimeoutMs, notReadyTimeoutMs, strategy } = this.#plan.kubeProxy;
    const handover = strategy === 'rolling' ? 'rolling' : 'restart';
    return { nodes, mode, nodeTimeoutMs, notReadyTimeoutMs, handover };
  }
}

/** As many at once as the plan's largest wave; one node after the other where its one wave is all of them. */
export function inWaves(nodes: readonly string[], { kubeProxy: { waves, strategy } }: Plan): string[][] {
  const size = strategy === 'rolling' ? 1 : Math.max(1, ...waves.map((wave) => wave.length));
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
