import {
  type AcceptedMessage,
  type Approve,
  approveSchema,
  type ByPerson,
  byPersonSchema,
  type MessageName,
  type RefusedMessage,
} from '../model/messages.ts';
import type { Plan } from '../model/plan.ts';
import { samePerson } from '../model/request.ts';

/** What the run is ready to hear about right now. */
export type Stage = 'preparing' | 'waiting-for-approval' | 'running' | 'rolling-back' | 'ended';

/**
 * Where messages from people arrive. A message is checked against the stage the run is in and either taken, which sets
 * one of the decisions below, or refused with a reason. A refused update leaves no trace in the history; a refused
 * signal is kept, so that the report shows it.
 */
export class Desk {
  stage: Stage = 'preparing';
  /** The plan that an approval has to name. */
  offered: { plan: Plan; hash: string } | undefined;

  approval: Approve | undefined;
  rejection: ByPerson | undefined;
  paused = false;
  abort: ByPerson | undefined;
  rollback: ByPerson | undefined;
  /** An undo step waits for a person; `resume` tries it again at once. */
  stuck = false;

  readonly accepted: AcceptedMessage[] = [];
  readonly refused: RefusedMessage[] = [];
  readonly #requester: string;
  readonly #onChange: () => void;

  /** @param onChange called after each message that was taken, to show it. */
  constructor(requester: string, onChange: () => void) {
    this.#requester = requester;
    this.#onChange = onChange;
  }

  /** Whether this message would be taken now. Changes nothing. */
  judge(name: MessageName, payload: unknown): Verdict {
    const schema = name === 'approve' ? approveSchema : byPersonSchema;
    const parsed = schema.safeParse(payload);
    if (!parsed.success) {
      return refuse(parsed.error.issues.map((issue) => `${issue.path.join('.') || name}: ${issue.message}`).join('; '));
    }
    const message = parsed.data;
    const verdict = 'approver' in message ? this.#approve(message) : this.#byPerson(name, message);
    if (!verdict.taken) return verdict;
    return take(verdict.answer, () => {
      verdict.apply();
      this.#keep(name, message);
    });
  }

  /** Keeps a refused message for the report. */
  keepRefused(name: MessageName, reason: string): void {
    this.refused.push({ message: name, at: new Date().toISOString(), reason });
  }

  #keep(name: MessageName, message: Approve | ByPerson): void {
    this.accepted.push({
      message: name,
      by: 'approver' in message ? message.approver : message.by,
      at: new Date().toISOString(),
      ...(message.comment ? { comment: message.comment } : {}),
      ...('planHash' in message ? { planHash: message.planHash } : {}),
    });
    this.#onChange();
  }

  #byPerson(name: MessageName, message: ByPerson): Verdict {
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
      default:
        return refuse(`unknown message "${name}"`);
    }
  }

  /** Offers a plan for approval; an approval of an earlier plan does not count any more. */
  offer(plan: Plan, hash: string): void {
    this.offered = { plan, hash };
    this.approval = undefined;
    this.stage = 'waiting-for-approval';
  }

  #approve(message: Approve): Verdict {
    if (this.stage !== 'waiting-for-approval' || this.offered === undefined) {
      return refuse(
        this.approval ? `already approved by ${this.approval.approver}` : `there is no plan to approve now`,
      );
    }
    const { plan, hash } = this.offered;
    if (message.planHash !== hash) {
      return refuse(
        `planHash ${message.planHash.slice(0, 12)}… is not the plan on offer, which is ${hash.slice(0, 12)}…`,
      );
    }
    if (samePerson(message.approver, this.#requester)) {
      return refuse(`${message.approver} asked for this migration; another person has to approve it`);
    }
    const { approvers } = plan.approval;
    if (approvers.length > 0 && !approvers.some((name) => samePerson(name, message.approver))) {
      return refuse(`${message.approver} is not an approver of this cluster (approvers: ${approvers.join(', ')})`);
    }
    return take('approved: the migration starts', () => {
      this.approval = message;
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
