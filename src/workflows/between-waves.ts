import { describeVerdict } from '../model/alerts.ts';
import { type Baseline, describeDriftItem, describeWorse, type HealthReport } from '../model/health.ts';
import type { Plan } from '../model/plan.ts';
import { unhealthy } from './failures.ts';
import { awaitAlerts, compareHealth, readBaseline } from './look-around.ts';
import { MaintenanceWindow } from './maintenance-window.ts';
import type { Run } from './run.ts';

/** So long it is waited after a wave for what is not Ready for a moment (ms). */
const SETTLE_MS = 60_000;

/**
 * What stands between two waves: the maintenance window, firing alerts, the health of the cluster against what it was, and
 * what somebody else has changed. What is unhealthy is treated as the plan says (`onFailure`); what somebody else has changed is
 * always for a person to judge.
 */
export class BetweenWaves {
  readonly #run: Run;
  readonly #plan: Plan;
  readonly #window: MaintenanceWindow;
  #baseline: Baseline;
  #toldOfAlerts = false;

  private constructor(run: Run, plan: Plan, baseline: Baseline) {
    this.#run = run;
    this.#plan = plan;
    this.#window = new MaintenanceWindow(run, plan);
    this.#baseline = baseline;
  }

  /** Reads the baseline: before the first write. @throws AbortRequested, RollbackRequested */
  static async prepare(run: Run, plan: Plan): Promise<BetweenWaves> {
    return new BetweenWaves(run, plan, await readBaseline(run, plan));
  }

  /**
   * A checkpoint that waits for a window, and then for the alerts to end.
   * @throws AbortRequested, RollbackRequested, ApplicationFailure `Unhealthy`
   */
  async before(): Promise<void> {
    await this.#window.open();
    await this.#alertsEnd();
    // The alerts, or the person who was asked about them, may have outlasted the window.
    while (!this.#window.isOpen) {
      await this.#window.open();
      await this.#alertsEnd();
    }
  }

  /** A person who resumes while an alert fires lets this wave start; the next one is held again. */
  async #alertsEnd(): Promise<void> {
    const { journal } = this.#run;
    const verdict = await awaitAlerts(this.#run, this.#plan);
    if (verdict === undefined) return;
    if (!verdict.clear) {
      const why = `No wave can start: ${describeVerdict(verdict)}`;
      if (this.#plan.kubeProxy.onFailure === 'rollback') throw unhealthy(why);
      await this.#run.hold(why);
    } else if (verdict.unreachable !== undefined && !this.#toldOfAlerts) {
      this.#toldOfAlerts = true;
      journal.remarks.push(`${describeVerdict(verdict)}; ignored, as clusters.yaml says.`);
    }
  }

  /**
   * Compares with the baseline. A person who resumes after what was found takes it as it is: it is the baseline from then on. Only a
   * ConfigMap that is not what the run wrote has to be put right.
   *
   * @throws AbortRequested, RollbackRequested, ApplicationFailure `Unhealthy`
   */
  async after(): Promise<void> {
    for (let report = await this.#compare(); !report.healthy; report = await this.#compare()) {
      const why = whyHeld(report);
      if (report.drift.length === 0 && this.#plan.kubeProxy.onFailure === 'rollback') throw failureOf(report, why);
      await this.#run.hold(why);
      await this.accept();
    }
  }

  /** What there is now is the baseline from here on: also where the run itself has written the DaemonSet. */
  async accept(): Promise<void> {
    this.#baseline = await readBaseline(this.#run, this.#plan, 'Look at the health of the cluster as it is now');
  }

  async #compare(): Promise<HealthReport> {
    return await compareHealth(this.#run, this.#plan, {
      baseline: this.#baseline,
      ignoredNodes: this.#run.journal.leftBehind.map(({ node }) => node),
      configHash: this.#plan.kubeProxy.configAfter,
      settleMs: SETTLE_MS,
    });
  }
}

function whyHeld(report: HealthReport): string {
  return [
    ...report.drift.map(describeDriftItem),
    ...(report.worseCount > 0 ? [`Worse than before the run: ${describeWorse(report)}`] : []),
  ].join('; ');
}

function failureOf({ worse }: HealthReport, why: string) {
  const nodes = worse.flatMap(({ node, object, why: trouble }) =>
    node === undefined ? [] : [{ node, why: `${object}: ${trouble}`, lastLines: [] }],
  );
  const [first] = worse;
  return unhealthy(why, { ...(first ? { object: first.object } : {}), ...(nodes.length > 0 ? { nodes } : {}) });
}
