import { condition } from '@temporalio/workflow';
import type { WindowState } from '../model/maintenance.ts';
import type { Plan } from '../model/plan.ts';
import { noWindowOpens } from './happenings.ts';
import { interruptible } from './interruptible.ts';
import type { Run } from './run.ts';
import { step } from './step-options.ts';

/**
 * The maintenance windows of a plan. No wave starts outside of them; what has begun is finished. Where the plan has neither
 * windows nor freezes, nothing is asked and nothing is waited for.
 */
export class MaintenanceWindow {
  readonly #run: Run;
  readonly #plan: Pick<Plan, 'windows' | 'freeze'>;
  /** The window that was open when it was asked last closes then (ms since the epoch). */
  #until = Number.NEGATIVE_INFINITY;

  constructor(run: Run, plan: Pick<Plan, 'windows' | 'freeze'>) {
    this.#run = run;
    this.#plan = plan;
  }

  /**
   * A checkpoint that also waits until a window is open: call it before each wave. A pause that outlasts the window is followed
   * by the wait for the next one.
   *
   * @throws AbortRequested, RollbackRequested
   */
  async open(): Promise<void> {
    for (;;) {
      await this.#run.checkpoint();
      if (this.isOpen) return;
      const state = await this.#ask();
      if (!state.open) await this.#wait(state);
      else this.#until = state.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(state.until);
    }
  }

  /** By what is known: nothing is asked. */
  get isOpen(): boolean {
    const { windows = [], freeze = [] } = this.#plan;
    const isLimited = windows.length > 0 || freeze.length > 0;
    return !isLimited || Date.now() < this.#until;
  }

  async #ask(): Promise<WindowState> {
    const { windows = [], freeze = [] } = this.#plan;
    const { cluster } = this.#run;
    const at = new Date().toISOString();
    const ask = () =>
      step({ summary: 'Look at the maintenance windows' }).maintenanceWindow({ cluster, windows, freeze, at });
    return await interruptible(this.#run, ask);
  }

  /** One timer, however long it takes. What was asked a while ago (no worker was there) may be over already. */
  async #wait({ opensAt, why }: Extract<WindowState, { open: false }>): Promise<void> {
    const { journal } = this.#run;
    const asked = () => this.#run.isAskedToStop;
    const what =
      opensAt === undefined
        ? 'Wait for a person: no maintenance window opens again'
        : `Wait for the maintenance window that opens at ${opensAt}`;
    await journal.step(what, async () => {
      if (opensAt === undefined) {
        journal.waitFor(`a person: no maintenance window opens again (${why}); abort or roll back`);
        this.#run.tell(noWindowOpens(this.#run.cluster, why));
        await condition(asked);
      } else {
        journal.waitFor(`the maintenance window that opens at ${opensAt} (${why})`);
        const left = Date.parse(opensAt) - Date.now();
        if (left > 0) await condition(asked, left, { summary: what });
      }
    });
  }
}
