import { CancellationScope, condition, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Plan } from '../model/plan.ts';
import { Desk } from './desk.ts';
import { type Happening, paused } from './happenings.ts';
import { Journal, type RunSubject } from './journal.ts';
import { listen, planQuery, progressQuery, reportQuery } from './messages.ts';
import { Notifications } from './notifications.ts';

/** Of a sentence that people are told, so many characters: it may quote what a log or a cluster says. */
const LONGEST_SENTENCE = 1_000;
/** So many nodes are named among the objects that something is about. */
const MOST_NODES = 20;

/** A person asked to stop and leave the cluster as it is. */
export class AbortRequested extends Error {}

/** A person asked to undo everything. */
export class RollbackRequested extends Error {}

/** One run: where it is, what people have said, and what has been seen. */
export class Run {
  readonly cluster: string;
  /** Who asked for it. */
  readonly requester: string;
  readonly journal: Journal;
  readonly desk: Desk;
  /** Who is told what happens. */
  readonly notifications: Notifications;

  constructor(request: RunSubject) {
    this.cluster = request.cluster;
    this.requester = request.requester;
    this.journal = new Journal(request);
    this.notifications = new Notifications((remark) => this.journal.remarks.push(remark));
    this.desk = new Desk({
      requester: request.requester,
      runId: workflowInfo().runId,
      goesBack: request.goesBack === true,
      onChange: () => this.journal.show(),
    });
    listen(this.desk, this.cluster);
    setHandler(progressQuery, () => this.journal.progress(this.desk), { description: 'Where the run is' });
    setHandler(planQuery, () => this.journal.plan ?? null, { description: 'The plan that was offered last' });
    setHandler(reportQuery, () => this.journal.report(this.desk), { description: 'All that was seen, node by node' });
  }

  /**
   * Between two steps that change the cluster: waits while paused, and stops here where a person asked for it.
   * @throws AbortRequested, RollbackRequested
   */
  async checkpoint(): Promise<void> {
    if (this.desk.paused) {
      this.journal.show();
      if (!this.isAskedToStop)
        this.tell(paused(this.cluster, { why: this.desk.heldFor, by: this.desk.lastOf('pause') }));
      await condition(() => !this.desk.paused || this.isAskedToStop);
    }
    if (this.desk.rollback) throw new RollbackRequested(`rollback asked for by ${this.desk.rollback.by}`);
    if (this.desk.abort) throw new AbortRequested(`abort asked for by ${this.desk.abort.by}`);
  }

  /**
   * Stops where the run cannot judge by itself, until a person says how it goes on: `resume`, `abort` or `rollback`.
   * @param why a sentence without its full stop, as it is shown
   * @throws AbortRequested, RollbackRequested
   */
  async hold(why: string): Promise<void> {
    this.journal.remarks.push(`Held: ${why}.`);
    this.desk.paused = true;
    this.desk.heldFor = why;
    await this.checkpoint();
  }

  /**
   * Runs the steps that change the cluster. A rollback that a person asks for cancels the step that is under way: what
   * it has done is undone anyway. An abort lets it end, so that no node is left in the middle of a restart.
   */
  async forward(action: () => Promise<void>): Promise<void> {
    const scope = new CancellationScope();
    let ended = false;
    // Outside of the cancellation of the run: it would reject while nobody waits for it yet, and fail every task after.
    const watch = CancellationScope.nonCancellable(() =>
      condition(() => this.desk.rollback !== undefined || ended),
    ).then(() => {
      if (!ended) scope.cancel();
    });
    try {
      await scope.run(action);
    } catch (error) {
      if (this.desk.rollback) throw new RollbackRequested(`rollback asked for by ${this.desk.rollback.by}`);
      throw error;
    } finally {
      ended = true;
      await watch;
    }
  }

  /** Tells who wants to know of it. Returns at once, and never throws: a run does not depend on who hears of it. */
  tell({ event, text, commands, by, failure, nodes: about = [] }: Happening): void {
    if (!this.notifications.wants(event)) return;
    const { cluster, phase, outcome, gate, planHash, nodes } = this.journal.progress(this.desk);
    const { workflowId, runId } = workflowInfo();
    this.notifications.tell(event, {
      cluster,
      text: cut(text),
      phase,
      ...(outcome === undefined ? {} : { outcome }),
      ...(gate === undefined ? {} : { gate }),
      ...(planHash === undefined ? {} : { planHash }),
      requester: this.requester,
      ...(by === undefined ? {} : { by }),
      nodes: { done: nodes.done, total: nodes.total },
      ...(failure === undefined ? {} : { failure: cut(failure) }),
      objects: [...objectsOf(this.journal.plan), ...about.slice(0, MOST_NODES).map((node) => `Node ${node}`)],
      commands,
      workflowId,
      runId,
    });
  }

  /** A person has asked for an abort or a rollback. */
  get isAskedToStop(): boolean {
    return this.desk.rollback !== undefined || this.desk.abort !== undefined;
  }
}

/** What a run changes, as long as nothing is known of it: kube-proxy. */
function objectsOf(plan: Plan | undefined): string[] {
  const operator = plan?.ebpf !== undefined || (plan?.calico?.needed === true && plan.calico.install === 'operator');
  return ['DaemonSet kube-system/kube-proxy', ...(operator ? ['Installation default'] : [])];
}

function cut(text: string): string {
  return text.length <= LONGEST_SENTENCE ? text : `${text.slice(0, LONGEST_SENTENCE - 1)}…`;
}
