import {
  type AcceptedMessage,
  type ByPerson,
  byPersonSchema,
  confirmSchema,
  type MessageName,
  parseMessage,
  type RefusedMessage,
} from '../model/messages.ts';
import type { Plan } from '../model/plan.ts';
import { Approvals } from './approvals.ts';
import { HandSteps } from './hand-steps.ts';

/** So many refused messages are kept, of each so many characters: the report has to fit into 2 MB, whatever is sent. */
const MOST_REFUSED = 200;
const LONGEST_REASON = 1_000;

/** What the run is ready to hear about right now. */
export type Stage = 'preparing' | 'waiting-for-approval' | 'running' | 'rolling-back' | 'ended';

/** Every message but `approve`, which has a way of its own. */
export type JudgedName = Exclude<MessageName, 'approve'>;
type ByPersonName = Exclude<JudgedName, 'confirm'>;

export interface DeskOptions {
  /** Who asked for the migration, and may not approve it. */
  requester: string;
  /** Temporal's id of this run. */
  runId: string;
  /** The run is itself a rollback. */
  goesBack?: boolean;
  /** Called after each message that was taken, to show it. */
  onChange: () => void;
}

/**
 * Where messages from people arrive. A message is checked against the stage the run is in and either taken, which sets
 * one of the decisions below, or refused with a reason. A refused update leaves no trace in the history; a refused
 * signal is kept, so that the report shows it. Of approvals every refusal is kept: who tried is part of the record.
 */
export class Desk {
  stage: Stage = 'preparing';
  /** The approvals of the plan on offer. */
  readonly approvals: Approvals;
  /** What the run waits for that only a person can do. */
  readonly handSteps = new HandSteps();
  rejection: ByPerson | undefined;
  paused = false;
  /** Why the run has stopped by itself and waits for `resume`. */
  heldFor: string | undefined;
  /** The canary waits for approvals. */
  atCanary = false;
  /** Since when what is on offer waits for its approvals. */
  offeredAt: string | undefined;
  abort: ByPerson | undefined;
  rollback: ByPerson | undefined;
  /** An undo step waits for a person; `resume` tries it again at once. */
  stuck = false;

  readonly accepted: AcceptedMessage[] = [];
  readonly refused: RefusedMessage[] = [];
  readonly #onChange: () => void;
  readonly #goesBack: boolean;
  #notKept = 0;

  constructor({ requester, runId, goesBack = false, onChange }: DeskOptions) {
    this.#onChange = onChange;
    this.#goesBack = goesBack;
    this.approvals = new Approvals({
      requester,
      runId,
      open: () => this.stage === 'waiting-for-approval' || this.atCanary,
      keep: (message) => this.#keep(message),
      keepRefused: (reason) => this.keepRefused('approve', reason),
    });
  }

  /** Whether this message would be taken now. Changes nothing. */
  judge(name: JudgedName, payload: unknown): Verdict {
    if (name === 'confirm') return this.#confirm(payload);
    const parsed = parseMessage(name, byPersonSchema, payload);
    if (!parsed.success) return refuse(parsed.issues);
    const message = parsed.data;
    const verdict = this.#byPerson(name, message);
    if (!verdict.taken) return verdict;
    return take(verdict.answer, () => {
      verdict.apply();
      const { by, comment } = message;
      this.#keep({ message: name, by, ...(comment ? { comment } : {}) });
    });
  }

  /** Keeps a refused message for the report; of a flood the last entry counts what is not kept. */
  keepRefused(name: MessageName, reason: string): void {
    const full = this.refused.length >= MOST_REFUSED;
    if (full) this.#notKept += 1;
    const kept = full ? `and ${this.#notKept} more refused messages, the last one of these: ${reason}` : reason;
    const cut = kept.length > LONGEST_REASON ? `${kept.slice(0, LONGEST_REASON - 1)}…` : kept;
    this.refused.splice(MOST_REFUSED, 1);
    this.refused.push({ message: name, at: new Date().toISOString(), reason: cut });
  }

  /** Who has sent the last message of this name that was taken. */
  lastOf(name: MessageName): string | undefined {
    return this.accepted.findLast(({ message }) => message === name)?.by;
  }

  /** Offers a plan for approval; approvals of another plan do not count any more. */
  offer(plan: Plan, hash: string): void {
    this.approvals.offer(plan, hash);
    this.offeredAt = new Date().toISOString();
    this.stage = 'waiting-for-approval';
  }

  /** Asks whether the run goes on after its canary; in place of the approvals of the plan. */
  offerCanary(plan: Plan, hash: string): void {
    this.approvals.offer(plan, hash, 'canary');
    this.offeredAt = new Date().toISOString();
    this.atCanary = true;
  }

  #keep(message: Omit<AcceptedMessage, 'at'>): void {
    this.accepted.push({ ...message, at: new Date().toISOString() });
    this.#onChange();
  }

  #byPerson(name: ByPersonName, message: ByPerson): Verdict {
    switch (name) {
      case 'reject':
        return this.#reject(message);
      case 'pause':
        return this.#pause();
      case 'resume':
        return this.#resume();
      case 'abort':
        return this.#abort(message);
      case 'rollback':
        return this.#rollback(message);
    }
  }

  #confirm(payload: unknown): Verdict {
    const parsed = parseMessage('confirm', confirmSchema, payload);
    if (!parsed.success) return refuse(parsed.issues);
    const message = parsed.data;
    const why = this.handSteps.whyNot(message);
    if (why !== undefined) return refuse(why);
    const { by, step, skip, comment } = message;
    return take(skip ? 'left out: the run goes on, and its report says so' : 'confirmed: the run goes on', () => {
      this.handSteps.take(message);
      this.#keep({
        message: 'confirm',
        by,
        step,
        ...(skip ? { skipped: true } : {}),
        ...(comment ? { comment } : {}),
      });
    });
  }

  #reject(message: ByPerson): Verdict {
    if (this.stage !== 'waiting-for-approval') return refuse('there is no plan to reject now; see abort and rollback');
    return take('rejected: the run ends, nothing was written', () => {
      this.rejection = message;
    });
  }

  #pause(): Verdict {
    if (this.stage !== 'running') return refuse('the run is not changing the cluster now');
    if (this.paused) return refuse('the run is paused already');
    return take('paused: what has begun is finished, nothing new starts before resume', () => {
      this.paused = true;
    });
  }

  #resume(): Verdict {
    if (this.stuck) {
      return take('trying again now', () => {
        this.stuck = false;
      });
    }
    if (!this.paused) return refuse('the run is not paused');
    return take('resumed', () => {
      this.paused = false;
      this.heldFor = undefined;
    });
  }

  #abort(message: ByPerson): Verdict {
    if (this.stage === 'waiting-for-approval') return this.#reject(message);
    if (this.stage !== 'running') return refuse(this.#whyNothingToStop());
    return take(
      'aborting: the wave that has begun is finished, then the run ends and leaves the cluster as it is',
      () => {
        this.abort = message;
      },
    );
  }

  #rollback(message: ByPerson): Verdict {
    if (this.#goesBack) return refuse('this run is a rollback; its plan is approved or rejected');
    if (this.stage === 'waiting-for-approval') return this.#reject(message);
    if (this.stage !== 'running') return refuse(this.#whyNothingToStop());
    return take('rolling back: every change of this run is undone and verified', () => {
      this.rollback = message;
    });
  }

  #whyNothingToStop(): string {
    return this.stage === 'rolling-back'
      ? 'the run is rolling back already'
      : 'nothing has been started that could be stopped';
  }
}

/** A message that would be taken, with what happens next, or the reason why it is not. */
export type Verdict = { taken: true; answer: string; apply: () => void } | { taken: false; reason: string };

function take(answer: string, apply: () => void): Verdict {
  return { taken: true, answer, apply };
}

function refuse(reason: string): Verdict {
  return { taken: false, reason };
}
