import { isCancellation, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { FailureRecord } from '../model/failure.ts';
import type { Finding } from '../model/finding.ts';
import type { FelixProof, ProxyProof } from '../model/node-proof.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Plan } from '../model/plan.ts';
import type { PlanRevision } from '../model/plan-drift.ts';
import type { Phase, Progress, Step } from '../model/progress.ts';
import type { Report, SnapshotRef } from '../model/report.ts';
import { currentDetails } from './current-details.ts';
import type { Desk } from './desk.ts';
import { toFailureRecord } from './failures.ts';
import { upsertAttributes } from './search-attributes.ts';

/** What a run is about. */
export interface RunSubject {
  cluster: string;
  requester: string;
  /** Value of search attribute ProxyshiftTargetMode. */
  target: string;
  /** It is a rollback of a run that has ended. */
  goesBack?: true;
}

/** What the run knows about itself, as the queries, the report and the Temporal UI show it. */
export class Journal {
  plan: Plan | undefined;
  planHash: string | undefined;
  findings: Finding[] = [];
  snapshot: SnapshotRef | undefined;
  failure: FailureRecord | undefined;
  outcome: Outcome | undefined;
  wave: { current: number; total: number } | undefined;
  readonly remarks: string[] = [];
  /** Each time another plan than the approved one was offered: what moved between the two. */
  readonly revisions: PlanRevision[] = [];
  readonly #steps: Step[] = [];
  readonly #nodes = new Map<string, ProxyProof>();
  readonly #felix = new Map<string, FelixProof>();
  /** Nodes that have shown the mode that is wanted on the way the run goes now. */
  #done = new Set<string>();
  #phase: Phase = 'preflight';
  #waitingFor = 'preflight';
  #endedAt: string | undefined;
  readonly #startedAt = workflowInfo().startTime.toISOString();
  readonly #request: RunSubject;

  constructor(request: RunSubject) {
    this.#request = request;
    upsertAttributes({ cluster: request.cluster, target: request.target, phase: 'preflight' });
  }

  enter(phase: Phase): void {
    if (phase === this.#phase) return;
    if (phase === 'rollback' && this.#phase !== 'rollback-stuck') this.#done = new Set();
    this.#phase = phase;
    upsertAttributes({ phase });
  }

  /** Runs one step of the runbook and keeps its times and result. */
  async step<T>(what: string, action: () => Promise<T>): Promise<T> {
    const step: Step = { phase: this.#phase, what, startedAt: new Date().toISOString(), result: 'running' };
    this.#steps.push(step);
    this.waitFor(what);
    try {
      const result = await action();
      step.result = 'done';
      return result;
    } catch (error) {
      step.result = isCancellation(error) ? 'cancelled' : 'failed';
      if (!isCancellation(error)) step.error = toFailureRecord(error).message;
      throw error;
    } finally {
      step.endedAt = new Date().toISOString();
      this.show();
    }
  }

  waitFor(what: string): void {
    this.#waitingFor = what;
    this.show();
  }

  /** Takes the newest evidence of these nodes. */
  saw(proofs: readonly ProxyProof[], felix: readonly FelixProof[] = []): void {
    for (const proof of proofs) this.#nodes.set(proof.node, proof);
    for (const proof of felix) this.#felix.set(proof.node, proof);
  }

  /** Counts nodes that have reached what is wanted. */
  reached(nodes: readonly string[]): void {
    for (const node of nodes) this.#done.add(node);
    this.show();
  }

  end(outcome: Outcome): void {
    this.outcome = outcome;
    if (outcome === 'nothing-to-do') this.reached(this.plan?.nodes.map(({ name }) => name) ?? []);
    this.#endedAt = new Date().toISOString();
    this.#phase = 'done';
    this.waitFor('nothing: the run has ended');
    upsertAttributes({ phase: 'done', outcome });
  }

  progress(desk: Desk): Progress {
    return {
      cluster: this.#request.cluster,
      phase: this.#phase,
      paused: desk.paused,
      waitingFor: desk.paused && this.outcome === undefined ? this.#whilePaused() : this.#waitingFor,
      ...(this.planHash === undefined ? {} : { planHash: this.planHash }),
      ...(this.#revision ? { revision: this.#revision } : {}),
      nodes: { total: this.plan?.nodes.length ?? 0, done: this.#done.size },
      ...(this.wave === undefined ? {} : { wave: this.wave }),
      steps: this.#steps,
      ...(this.failure === undefined ? {} : { failure: this.failure.message }),
      ...(this.outcome === undefined ? {} : { outcome: this.outcome }),
    };
  }

  /** What moved since the plan that was approved before the one on offer; none where it is the first. */
  get #revision(): PlanRevision | undefined {
    return this.revisions.findLast(({ to }) => to === this.planHash);
  }

  #whilePaused(): string {
    const running = this.#steps.some((step) => step.result === 'running');
    return running ? `resume, after the step under way: ${this.#waitingFor}` : 'resume';
  }

  report(desk: Desk): Report {
    const { workflowId, runId } = workflowInfo();
    return {
      reportVersion: 1,
      cluster: this.#request.cluster,
      requester: this.#request.requester,
      ...(this.outcome === undefined ? {} : { outcome: this.outcome }),
      startedAt: this.#startedAt,
      ...(this.#endedAt === undefined ? {} : { endedAt: this.#endedAt }),
      workflowId,
      runId,
      ...(this.plan === undefined ? {} : { plan: this.plan }),
      ...(this.planHash === undefined ? {} : { planHash: this.planHash }),
      revisions: this.revisions,
      findings: this.findings,
      messages: desk.accepted,
      refused: desk.refused,
      steps: this.#steps,
      ...(this.snapshot === undefined ? {} : { snapshot: this.snapshot }),
      nodes: [...this.#nodes.values()],
      felix: [...this.#felix.values()],
      ...(this.failure === undefined ? {} : { failure: this.failure }),
      remarks: this.remarks,
    };
  }

  /** Shows in the Temporal UI what there is to know now. */
  show(): void {
    setCurrentDetails(
      currentDetails({
        cluster: this.#request.cluster,
        phase: this.#phase,
        outcome: this.outcome,
        waitingFor: this.#waitingFor,
        plan: this.plan,
        planHash: this.planHash,
        revision: this.#revision,
        nodesDone: this.#done.size,
        wave: this.wave,
        failure: this.failure,
      }),
    );
  }
}
