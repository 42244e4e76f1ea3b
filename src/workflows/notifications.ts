import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { Notice, Notification } from '../model/notification.ts';
import type { NotificationEvent, Subscriber } from '../model/notification-event.ts';
import { toFailureRecord } from './failures.ts';
import { telling } from './step-options.ts';

/** How long the end of a run waits for receivers that have not been told of everything (ms). */
const LAST_WAIT_MS = 30_000;

/**
 * Tells people what happens in a run. Never in its way: nothing is waited for before the end, nothing that goes wrong fails the
 * run, and no cancellation reaches it. Each receiver is told of one event after the other, so that a story keeps its order
 * while it is tried again; one that does not answer holds up nobody else.
 */
export class Notifications {
  #subscribers: readonly Subscriber[] = [];
  #told = 0;
  #isOver = false;
  readonly #queues = new Map<string, Promise<void>>();
  readonly #underWay = new Set<CancellationScope>();
  readonly #onUntold: (remark: string) => void;
  readonly #lastWaitMs: number;

  /** @param onUntold hears in a sentence what could not be told to whom, and why */
  constructor(onUntold: (remark: string) => void, { lastWaitMs = LAST_WAIT_MS } = {}) {
    this.#onUntold = onUntold;
    this.#lastWaitMs = lastWaitMs;
  }

  /** Who is told from now on. In runs of older workers, and where clusters.yaml names nobody, nobody is. */
  subscribe(subscribers: readonly Subscriber[]): void {
    this.#subscribers = subscribers;
  }

  /** Whether anybody is told of it. */
  wants(event: NotificationEvent): boolean {
    return this.#subscribers.some(({ events }) => events.includes(event));
  }

  /** Returns at once. */
  tell(event: NotificationEvent, notice: Notice): void {
    this.#told += 1;
    const notification = { id: `${notice.runId}-${this.#told}-${event}`, event, at: new Date().toISOString(), notice };
    for (const { name, events } of this.#subscribers) {
      if (!events.includes(event)) continue;
      const before = this.#queues.get(name) ?? Promise.resolve();
      this.#queues.set(
        name,
        before.then(() => this.#send(name, notification)),
      );
    }
  }

  /** Waits until all is told, for a while: then it is given up. */
  async settle(): Promise<void> {
    if (this.#queues.size === 0) return;
    let isTold = false;
    const all = Promise.all(this.#queues.values()).then(() => {
      isTold = true;
    });
    const summary = 'Wait until everybody is told of the end';
    await CancellationScope.nonCancellable(() => condition(() => isTold, this.#lastWaitMs, { summary }));
    this.#isOver = true;
    for (const scope of this.#underWay) scope.cancel();
    await all;
  }

  async #send(receiver: string, notification: Notification): Promise<void> {
    const { event, notice } = notification;
    const untold = (why: string) => this.#onUntold(`${receiver} could not be told of ${event}: ${why}.`);
    if (this.#isOver) return untold('it did not take what came before in time');
    try {
      // Whatever scope the run was in when it happened: a rollback that cancels a step cancels no message.
      await CancellationScope.nonCancellable(async () => {
        const scope = new CancellationScope();
        this.#underWay.add(scope);
        try {
          const { cluster } = notice;
          await scope.run(() => telling(`Tell ${receiver}: ${event}`).notify({ cluster, receiver, notification }));
        } finally {
          this.#underWay.delete(scope);
        }
      });
    } catch (error) {
      untold(isCancellation(error) ? 'it had not answered when the run ended' : toFailureRecord(error).message);
    }
  }
}
