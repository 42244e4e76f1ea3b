import { describeVerdict } from '../model/alerts.ts';
import type { FailureDetails } from '../model/failure.ts';
import { type Baseline, type DriftItem, describeDriftItem, describeWorse, type HealthReport } from '../model/health.ts';
import type { Plan } from '../model/plan.ts';
import { unhealthy } from './failures.ts';
import { awaitAlerts, compareHealth, readBaseline } from './look-around.ts';
import { MaintenanceWindow } from './maintenance-window.ts';
import type { Run } from './run.ts';
import { TrafficWatch } from './traffic.ts';

/** What was worse for a moment after a wave has so long to recover (ms), or as long as a node may take, if that is less. */
const SETTLE_MS = 120_000;
const AS_IT_IS = 'Look at the health of the cluster as it is now';

/**
 * What has to hold before a wave begins: nobody has said stop, a maintenance window is open, no alert fires, the cluster is
 * no worse than it was before the run, and nobody else has changed what the run stands on.
 */
export class Gatekeeper {
  readonly #run: Run;
  readonly #plan: Plan;
  readonly #window: MaintenanceWindow;
  readonly #traffic: TrafficWatch;
  #baseline: Baseline;
  /** Nodes that got worse before the run had come to them: no work of the run, and dealt with in their own wave. */
  readonly #notOurs = new Set<string>();
  /** Writes the mode into kube-proxy's ConfigMap; from the first time on it has to stay there. */
  #writeMode: (() => Promise<void>) | undefined;
  #toldOfAlerts = false;

  private constructor(run: Run, plan: Plan, { baseline, traffic }: { baseline: Baseline; traffic: TrafficWatch }) {
    this.#run = run;
    this.#plan = plan;
    this.#baseline = baseline;
    this.#traffic = traffic;
    this.#window = new MaintenanceWindow(run, plan);
  }

  /** Keeps in mind how the cluster is now. @throws AbortRequested, RollbackRequested */
  static async create(run: Run, plan: Plan, traffic = new TrafficWatch(run, plan)): Promise<Gatekeeper> {
    return new Gatekeeper(run, plan, { baseline: await readBaseline(run, plan), traffic });
  }

  /** Before the first write: an open window, and no alert. @throws as {@link beforeWave} */
  async beforeWrite(): Promise<void> {
    do {
      await this.#window.open();
      await this.#alertsEnd();
      // The alerts, or the person who was asked about them, may have outlasted the window.
    } while (!this.#window.isOpen);
  }

  /** Has the mode written into the ConfigMap, and sees to it that it stays there. */
  async keepMode(writeMode: () => Promise<void>): Promise<void> {
    await writeMode();
    this.#writeMode = writeMode;
  }

  /** @throws AbortRequested, RollbackRequested, ApplicationFailure `Unhealthy` where the plan says so */
  async beforeWave(): Promise<void> {
    await this.#window.open();
    await this.isHealthy();
    await this.beforeWrite();
  }

  /** No worse than before the run, no more traffic lost than the plan accepts, and nothing changed by others. @throws as {@link beforeWave} */
  async isHealthy(): Promise<void> {
    for (;;) {
      const { drift, ...report } = await this.#compare();
      const ours = this.#ours(report);
      if (drift.length > 0) await this.#drifted(drift);
      else if (ours.worse.length === 0) break;
      else await this.#worse(ours);
    }
    await this.#traffic.holds();
  }

  /** As the plan says: undone; or a person looks at it, and who resumes takes the cluster as it is then. */
  async #worse({ worse, worseCount }: Pick<HealthReport, 'worse' | 'worseCount'>): Promise<void> {
    const why = `The cluster is worse than before the run: ${describeWorse({ worse, worseCount })}`;
    if (this.#plan.kubeProxy.onFailure === 'rollback') throw unhealthy(why, detailsOf(worse));
    await this.#run.hold(why);
    this.#baseline = await readBaseline(this.#run, this.#plan, AS_IT_IS);
  }

  /** Of what got worse, what the run may have to do with: not a node that it has not come to yet. */
  #ours({ worse, worseCount }: Pick<HealthReport, 'worse' | 'worseCount'>) {
    const { hasReached } = this.#run.journal;
    const others = worse.filter(({ node }) => node !== undefined && !hasReached(node));
    for (const { node } of others) if (node !== undefined) this.#notOurs.add(node);
    return { worse: worse.filter((item) => !others.includes(item)), worseCount: worseCount - others.length };
  }

  async #compare(): Promise<HealthReport> {
    const { nodeTimeoutMs, configAfter } = this.#plan.kubeProxy;
    return await compareHealth(this.#run, this.#plan, {
      baseline: this.#baseline,
      ignoredNodes: this.#ignoredNodes,
      ...(this.#writeMode ? { configHash: configAfter } : {}),
      settleMs: Math.min(SETTLE_MS, nodeTimeoutMs),
    });
  }

  get #ignoredNodes(): string[] {
    const { leftBehind, hasReached } = this.#run.journal;
    const notOurs = [...this.#notOurs].filter((node) => !hasReached(node));
    return [...new Set([...leftBehind.map(({ node }) => node), ...notOurs])];
  }

  /** A person who resumes while an alert fires lets this wave start; the next one is held again. */
  async #alertsEnd(): Promise<void> {
    const verdict = await awaitAlerts(this.#run, this.#plan);
    if (verdict === undefined) return;
    if (!verdict.clear) {
      const why = `No wave can start: ${describeVerdict(verdict)}`;
      if (this.#plan.kubeProxy.onFailure === 'rollback') throw unhealthy(why);
      await this.#run.hold(why);
    } else if (verdict.unreachable !== undefined && !this.#toldOfAlerts) {
      this.#toldOfAlerts = true;
      this.#run.journal.remarks.push(`${describeVerdict(verdict)}; ignored, as clusters.yaml says.`);
    }
  }

  /**
   * Somebody else has changed what the run stands on: never overwritten without a person who says so. `resume` takes an
   * edited DaemonSet as it is now, and writes the mode into the ConfigMap again.
   */
  async #drifted(drift: readonly DriftItem[]): Promise<void> {
    await this.#run.hold(drift.map(describeDriftItem).join('; '));
    if (drift.some(({ kind }) => kind === 'config-map-reverted')) await this.#writeMode?.();
    if (drift.some(({ kind }) => kind === 'daemon-set-edited')) await this.takeDaemonSetAsItIs();
  }

  /** The DaemonSet was written by the run itself, or is accepted as it is. What was well before still has to be well. */
  async takeDaemonSetAsItIs(): Promise<void> {
    const { kubeProxy } = await readBaseline(this.#run, this.#plan, AS_IT_IS);
    const { kubeProxy: _, ...baseline } = this.#baseline;
    this.#baseline = { ...baseline, ...(kubeProxy ? { kubeProxy } : {}) };
  }
}

/** What got worse, as the failure of a run names it. */
function detailsOf(worse: HealthReport['worse']): FailureDetails {
  const nodes = worse.flatMap(({ node, object, why }) =>
    node === undefined ? [] : [{ node, why: `${object}: ${why}`, lastLines: [] }],
  );
  const [first] = worse;
  return { ...(first ? { object: first.object } : {}), ...(nodes.length > 0 ? { nodes } : {}) };
}
