import { isCancellation, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { FailureRecord } from '../model/failure.ts';
import type { Finding } from '../model/finding.ts';
import type { FelixProof, LeftBehind, ProxyProof } from '../model/node-proof.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Plan } from '../model/plan.ts';
import type { PlanRevision } from '../model/plan-drift.ts';
import { nodesOf } from '../model/plan-nodes.ts';
import type { Phase, Progress, Step } from '../model/progress.ts';
import { type FelixGroup, type ProofGroup, ungroupFelix, ungroupProofs } from '../model/proof-groups.ts';
import type { SnapshotRef } from '../model/report.ts';
import type { SourceSetting } from '../model/source-setting.ts';
import { type StoredReport, storeReport } from '../model/stored-report.ts';
import type { WaveRecord, WaveSubject } from '../model/wave-record.ts';
import { currentDetails } from './current-details.ts';
import type { Desk } from './desk.ts';
import { toFailureRecord } from './failures.ts';
import { upsertAttributes } from './search-attributes.ts';
import type { TrafficTally } from './traffic-tally.ts';

/** What a run is about. */
export interface RunSubject {
  cluster: string;
  requester: string;
  /** Value of search attribute ProxyshiftTargetMode. */
  target: string;
  /** It is a rollback of a run that has ended. */
  goesBack?: true;
}

/** What else is to be known of a step. */
export interface StepDetails<T> {
  /** Of a step that tells in its result what went wrong, instead of throwing: that, in a sentence. */
  whyFailed?: (result: T) => string | undefined;
  /** The nodes that it hands over. */
  wave?: WaveSubject;
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
  /** What has to be changed outside of the cluster afterwards. */
  sources: SourceSetting[] = [];
  /** What was lost, where a probe measures it. */
  traffic: TrafficTally | undefined;
  /** Each time another plan than the approved one was offered: what moved between the two. */
  readonly revisions: PlanRevision[] = [];
  readonly #steps: Step[] = [];
  /** Each with the number of its step. */
  readonly #waves: { step: number; wave: WaveSubject }[] = [];
  readonly #nodes = new Map<string, ProxyProof>();
  readonly #felix = new Map<string, FelixProof>();
  /** Nodes that have shown the mode that is wanted on the way the run goes now. */
  #done = new Set<string>();
  /** Nodes whose hand-over has begun, and of which it is not known that it has ended. */
  readonly halfWay = new Set<string>();
  /** The nodes of the last step that hands nodes over, and what it is called. */
  handingOver: { what: string; nodes: readonly string[] } | undefined;
  readonly #leftBehind = new Map<string, LeftBehind>();
  readonly #gone = new Set<string>();
  #phase: Phase = 'preflight';
  #waitingFor = 'preflight';
  #endedAt: string | undefined;
  readonly #startedAt = workflowInfo().startTime.toISOString();
  readonly #request: RunSubject;

  constructor(request: RunSubject) {
    this.#request = request;
    upsertAttributes({ cluster: request.cluster, target: request.target, phase: 'preflight' });
  }

  get phase(): Phase {
    return this.#phase;
  }

  enter(phase: Phase): void {
    if (phase === this.#phase) return;
    if (phase === 'rollback' && this.#phase !== 'rollback-stuck') this.#done = new Set();
    this.#phase = phase;
    upsertAttributes({ phase });
  }

  /** Runs one step of the runbook and keeps its times and result. */
  async step<T>(what: string, action: () => Promise<T>, { whyFailed, wave }: StepDetails<T> = {}): Promise<T> {
    const step: Step = { phase: this.#phase, what, startedAt: new Date().toISOString(), result: 'running' };
    this.#steps.push(step);
    if (wave) this.#waves.push({ step: this.#steps.length - 1, wave });
    this.waitFor(what);
    try {
      const result = await action();
      const why = whyFailed?.(result);
      step.result = why === undefined ? 'done' : 'failed';
      if (why !== undefined) step.error = why;
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
  saw(proofs: readonly ProofGroup[], felix: readonly FelixGroup[] = []): void {
    for (const proof of ungroupProofs(proofs)) {
      const before = this.#nodes.get(proof.node);
      this.#nodes.set(proof.node, before?.pod === proof.pod ? { ...ofHandOver(before), ...proof } : proof);
    }
    for (const proof of ungroupFelix(felix)) this.#felix.set(proof.node, proof);
  }

  /** Nodes whose kube-proxy has proven what is wanted. */
  proven(proofs: readonly ProofGroup[]): void {
    this.saw(proofs);
    this.reached(proofs.flatMap(({ pods }) => Object.keys(pods)));
  }

  /** Nodes that the run goes on without, for now. */
  leaveBehind(nodes: readonly LeftBehind[]): void {
    for (const left of nodes) this.#leftBehind.set(left.node, left);
  }

  /** Whether the run has brought this node where it wants it. */
  readonly hasReached = (node: string): boolean => this.#done.has(node);

  get leftBehind(): LeftBehind[] {
    return [...this.#leftBehind.values()];
  }

  /** On another way, nothing is known of the nodes yet. */
  forgetLeftBehind(): void {
    this.#leftBehind.clear();
  }

  /** Nodes that were deleted. */
  dropped(nodes: readonly string[]): void {
    for (const node of nodes) {
      this.#gone.add(node);
      for (const known of [this.#nodes, this.#felix, this.#leftBehind]) known.delete(node);
      this.#done.delete(node);
    }
    if (nodes.length > 0) this.remarks.push(`Deleted meanwhile, and dropped: ${nodes.join(', ')}.`);
  }

  /** Counts nodes that have reached what is wanted. */
  reached(nodes: readonly string[]): void {
    for (const node of nodes) {
      this.#done.add(node);
      this.#leftBehind.delete(node);
      this.#gone.delete(node);
    }
    this.show();
  }

  end(outcome: Outcome): void {
    this.outcome = outcome;
    if (outcome === 'nothing-to-do') this.reached(this.plan ? nodesOf(this.plan).map(({ name }) => name) : []);
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
      waitingFor: desk.paused && this.outcome === undefined ? this.#whilePaused(desk.heldFor) : this.#waitingFor,
      ...(desk.approvals.gate === undefined ? {} : { gate: desk.approvals.gate, gateSince: desk.offeredAt }),
      ...(this.planHash === undefined ? {} : { planHash: this.planHash }),
      ...(this.#revision ? { revision: this.#revision } : {}),
      nodes: { total: this.#total, done: this.#done.size, leftBehind: this.#leftBehind.size },
      ...(this.wave === undefined ? {} : { wave: this.wave }),
      ...(this.#underWay.length > 0 ? { underWay: this.#underWay } : {}),
      ...(this.traffic?.longestGap ? { longestGap: this.traffic.longestGap } : {}),
      steps: this.#steps,
      byHand: desk.handSteps.open,
      ...(this.failure === undefined ? {} : { failure: this.failure.message }),
      ...(this.outcome === undefined ? {} : { outcome: this.outcome }),
    };
  }

  /** Nodes that are being handed over now. */
  get #underWay(): string[] {
    const isRunning = this.#steps.some(({ what, result }) => result === 'running' && what === this.handingOver?.what);
    return isRunning ? [...(this.handingOver?.nodes ?? [])] : [];
  }

  /** Nodes that joined count too, and ones that were deleted do not. */
  get #total(): number {
    if (this.plan === undefined) return 0;
    const nodes = new Set([...nodesOf(this.plan).map(({ name }) => name), ...this.#done]);
    for (const gone of this.#gone) nodes.delete(gone);
    return nodes.size;
  }

  /** What moved since the plan that was approved before the one on offer; none where it is the first. */
  get #revision(): PlanRevision | undefined {
    return this.revisions.findLast(({ to }) => to === this.planHash);
  }

  #whilePaused(heldFor: string | undefined): string {
    if (heldFor !== undefined) return `a person, who says resume, rollback or abort: ${heldFor}`;
    const running = this.#steps.some((step) => step.result === 'running');
    return running ? `resume, after the step under way: ${this.#waitingFor}` : 'resume';
  }

  report(desk: Desk): StoredReport {
    const { workflowId, runId } = workflowInfo();
    return storeReport({
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
      waves: this.#waveRecords,
      ...(this.snapshot === undefined ? {} : { snapshot: this.snapshot }),
      nodes: [...this.#nodes.values()],
      felix: [...this.#felix.values()],
      leftBehind: this.leftBehind,
      ...(this.traffic ? { traffic: this.traffic.report() } : {}),
      ...(this.failure === undefined ? {} : { failure: this.failure }),
      remarks: this.remarks,
      sources: this.sources,
    });
  }

  get #waveRecords(): WaveRecord[] {
    return this.#waves.flatMap(({ step: number, wave }) => {
      const step = this.#steps[number];
      if (step === undefined) return [];
      const { startedAt, endedAt, result } = step;
      return [{ step: number, ...wave, startedAt, ...(endedAt === undefined ? {} : { endedAt }), result }];
    });
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
        nodesTotal: this.#total,
        wave: this.wave,
        failure: this.failure,
      }),
    );
  }
}

/** What stays true of a pod, however often it is looked at afterwards. */
function ofHandOver({ cut, handover }: ProxyProof): Pick<ProxyProof, 'cut' | 'handover'> {
  return { ...(cut === undefined ? {} : { cut }), ...(handover === undefined ? {} : { handover }) };
}
