import { type AcceptedMessage, type Approve, approveSchema, parseMessage } from '../model/messages.ts';
import { type Gate, type Plan, planApprovalSchema } from '../model/plan.ts';
import type { SignedApproval, Verification } from '../model/signed-approval.ts';
import { type Approval, type Offer, whyNotCounting } from './approval-rules.ts';

/** What came of a message: what happens next, or the reason why it was refused. */
export type Heard = { taken: true; answer: string } | { taken: false; reason: string };

/** An approval with a signature that nothing else speaks against: taken or refused by `settle`. */
export interface ToVerify {
  verify: SignedApproval;
  settle: (verification: Verification) => Heard;
}

export interface ApprovalsOptions {
  /** Who asked for the migration, and may not approve it. */
  requester: string;
  /** Temporal's id of this run. */
  runId: string;
  /** Whether the run waits for approvals now. */
  open: () => boolean;
  keep: (message: Omit<AcceptedMessage, 'at'>) => void;
  keepRefused: (reason: string) => void;
}

/** The approvals of the plan on offer. Every one is kept for the report: those that count, and the refused ones. */
export class Approvals {
  readonly #options: ApprovalsOptions;
  #offer: Offer | undefined;
  #counting: Approval[] = [];
  #revision = 0;
  /** Of every signed message of this run, whatever came of it: none is looked at twice. */
  readonly #nonces = new Set<string>();

  constructor(options: ApprovalsOptions) {
    this.#options = options;
  }

  /** Offers a plan, or going on with it. What was approved before counts on only where it was this very offer. */
  offer(plan: Plan, hash: string, gate: Gate = 'plan'): void {
    if (this.#offer?.hash !== hash || this.#offer.gate !== gate) this.#counting = [];
    // Parsed, since a plan in the history of an older worker has not got every field.
    this.#offer = { ...planApprovalSchema.parse(plan.approval), gate, hash, clusterUid: plan.cluster.uid };
  }

  /** Takes or refuses an `approve`. One that is signed is verified first, and then looked at again. */
  hear(payload: unknown): Heard | ToVerify {
    const parsed = parseMessage('approve', approveSchema, payload);
    if (!parsed.success) return this.#refuse(parsed.issues);
    const message = parsed.data;
    const { signed } = message;
    const why = this.#whyNot(message);
    if (signed) this.#nonces.add(signed.statement.nonce);
    if (why !== undefined) return this.#refuse(why);
    if (signed === undefined) return this.#take(message);
    return {
      verify: signed,
      settle: (verification) => {
        if (!verification.valid) {
          return this.#refuse(`the signature of ${message.approver} was not accepted: ${verification.reason}`);
        }
        // Another message may have been taken meanwhile, or another plan offered.
        const whyNow = this.#whyNot(message, verification.key);
        return whyNow === undefined ? this.#take(message, verification.key) : this.#refuse(whyNow);
      },
    };
  }

  /** Whether enough of them hold now. Ones that have expired are taken away, and that is kept. */
  areComplete(): boolean {
    const now = Date.now();
    const expired = this.#counting.filter(({ expiresAt }) => expiresAt !== undefined && expiresAt <= now);
    for (const { approver, expiresAt = 0 } of expired) {
      const at = new Date(expiresAt).toISOString();
      this.#options.keepRefused(`the approval of ${approver} expired at ${at}, before the run had begun`);
      this.#revision += 1;
    }
    this.#counting = this.#counting.filter((approval) => !expired.includes(approval));
    return this.#enough;
  }

  /** Another number after each approval that was added or taken away. */
  get revision(): number {
    return this.#revision;
  }

  /** `1 of 2 approvals: grace`; undefined where one is asked for and none is there. */
  get tally(): string | undefined {
    const wanted = this.#offer?.count ?? 1;
    const have = this.#counting.length;
    if (wanted === 1 && have === 0) return undefined;
    return `${have} of ${wanted} ${wanted === 1 ? 'approval' : 'approvals'}${have > 0 ? `: ${this.#names}` : ''}`;
  }

  /** When the next one stops counting (ms since the epoch). */
  get nextExpiry(): number | undefined {
    const times = this.#counting.flatMap(({ expiresAt }) => expiresAt ?? []);
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  /** What is on offer now. */
  get gate(): Gate | undefined {
    return this.#options.open() ? this.#offer?.gate : undefined;
  }

  get #enough(): boolean {
    return this.#offer !== undefined && this.#counting.length >= this.#offer.count;
  }

  get #whatFollows(): string {
    return this.#offer?.gate === 'canary' ? 'approved: the run goes on' : 'approved: the migration starts';
  }

  get #names(): string {
    return this.#counting.map(({ approver }) => approver).join(', ');
  }

  #whyNot(message: Approve, key?: string): string | undefined {
    const open = this.#options.open();
    // Once the run has begun, an expiry means nothing any more.
    if (open ? this.areComplete() : this.#enough) return `already approved by ${this.#names}`;
    if (!open || this.#offer === undefined) return 'there is no plan to approve now';
    const { requester, runId } = this.#options;
    return whyNotCounting(message, {
      offer: this.#offer,
      requester,
      runId,
      counting: this.#counting,
      nonces: key === undefined ? this.#nonces : new Set(),
      now: Date.now(),
      key,
    });
  }

  #take(message: Approve, key?: string): Heard {
    const { approver, planHash, gate, comment, signed } = message;
    this.#counting.push({
      approver,
      ...(signed ? { expiresAt: Date.parse(signed.statement.expiresAt) } : {}),
      ...(key === undefined ? {} : { key }),
    });
    this.#revision += 1;
    const signedWith = key === undefined ? {} : { signedWith: key };
    const which = gate === 'canary' ? { gate } : {};
    const said = { ...(comment ? { comment } : {}), planHash, ...which, ...signedWith };
    this.#options.keep({ message: 'approve', by: approver, ...said });
    return {
      taken: true,
      answer: this.#enough ? this.#whatFollows : `approved, and more have to: ${this.tally}`,
    };
  }

  #refuse(reason: string): Heard {
    this.#options.keepRefused(reason);
    return { taken: false, reason };
  }
}
