import { CancellationScope, condition, setHandler, workflowInfo } from '@temporalio/workflow';
import type { MigrationRequest } from '../model/request.ts';
import { Desk } from './desk.ts';
import { Journal } from './journal.ts';
import { listen, planQuery, progressQuery, reportQuery } from './messages.ts';

/** A person asked to stop and leave the cluster as it is. */
export class AbortRequested extends Error {}

/** A person asked to undo everything. */
export class RollbackRequested extends Error {}

/** One run: where it is, what people have said, and what has been seen. */
export class Run {
  readonly cluster: string;
  readonly journal: Journal;
  readonly desk: Desk;

  constructor(request: MigrationRequest) {
    this.cluster = request.cluster;
    this.journal = new Journal(request);
    this.desk = new Desk({
      requester: request.requester,
      runId: workflowInfo().runId,
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

  /** A person has asked for an abort or a rollback. */
  get isAskedToStop(): boolean {
    return this.desk.rollback !== undefined || this.desk.abort !== undefined;
  }
}
