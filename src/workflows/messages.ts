import { ApplicationFailure, defineQuery, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';
import { approveSchema, type MessageName, messageNames, parseMessage } from '../model/messages.ts';
import type { Plan } from '../model/plan.ts';
import type { Progress } from '../model/progress.ts';
import type { SignedApproval, Verification } from '../model/signed-approval.ts';
import type { StoredReport } from '../model/stored-report.ts';
import type { Heard } from './approvals.ts';
import type { Desk } from './desk.ts';
import { toFailureRecord } from './failures.ts';
import { verification } from './step-options.ts';

/** What an accepted update answers: what happens next, in a sentence. */
export interface Accepted {
  message: string;
}

export const progressQuery = defineQuery<Progress>('progress');
export const planQuery = defineQuery<Plan | null>('plan');
export const reportQuery = defineQuery<StoredReport>('report');

const descriptions: Record<MessageName, string> = {
  approve:
    'Approve the plan: {"approver": "you", "planHash": "…", "comment"?: "…"}; where signatures are required, use ' +
    'proxyshift approve --sign-with',
  confirm:
    'A step that only a person can do was done: {"by": "you", "step": "its key", "comment"?: "…"}; with "skip": true it is ' +
    'left out',
  reject: 'Reject the plan; nothing is written: {"by": "you", "comment"?: "…"}',
  pause: 'Start nothing new before resume: {"by": "you"}',
  resume: 'Go on after a pause: {"by": "you"}',
  abort: 'Stop and leave the cluster as it is: {"by": "you", "comment"?: "…"}',
  rollback: 'Undo everything and verify it: {"by": "you", "comment"?: "…"}',
};

/**
 * Wires each message as a signal and as an update of the same name: the signal is for the Temporal UI and for
 * `temporal workflow signal`, the update answers its caller. Payloads come from outside, so they are `unknown` here.
 */
export function listen(desk: Desk, cluster: string): void {
  listenToApprovals(desk, cluster);
  for (const name of messageNames) {
    if (name === 'approve') continue;
    const signal = defineSignal<[unknown]>(name);
    const update = defineUpdate<Accepted, [unknown]>(name);
    const description = descriptions[name];

    setHandler(
      signal,
      (payload: unknown) => {
        const verdict = desk.judge(name, payload);
        if (verdict.taken) verdict.apply();
        else desk.keepRefused(name, verdict.reason);
      },
      { description },
    );

    const judge = (payload: unknown) => {
      const verdict = desk.judge(name, payload);
      if (!verdict.taken) throw refused(verdict.reason);
      return verdict;
    };
    setHandler(
      update,
      (payload: unknown): Accepted => {
        // Judged again: another message may have been taken since the validator ran.
        const verdict = judge(payload);
        verdict.apply();
        return { message: verdict.answer };
      },
      { description, validator: (payload: unknown) => void judge(payload) },
    );
  }
}

/**
 * An approval is refused by the handler, not by the validator, so that the refusal is in the history and in the report.
 * One without a signature is answered without waiting for anything, as in the histories of older workers.
 */
function listenToApprovals(desk: Desk, cluster: string): void {
  const description = descriptions.approve;
  const hear = (payload: unknown): Heard | Promise<Heard> => {
    const heard = desk.approvals.hear(payload);
    return 'verify' in heard ? verify(cluster, heard.verify).then(heard.settle) : heard;
  };
  const answer = (heard: Heard): Accepted => {
    if (!heard.taken) throw refused(heard.reason);
    return { message: heard.answer };
  };
  const then = <T>(heard: Heard | Promise<Heard>, next: (heard: Heard) => T) =>
    heard instanceof Promise ? heard.then(next) : next(heard);

  setHandler(defineSignal<[unknown]>('approve'), (payload) => then(hear(payload), () => undefined), { description });
  setHandler(defineUpdate<Accepted, [unknown]>('approve'), (payload) => then(hear(payload), answer), {
    description,
    validator: (payload) => {
      const parsed = parseMessage('approve', approveSchema, payload);
      if (!parsed.success) throw refused(parsed.issues);
    },
  });
}

/** Asks a worker. Where it cannot tell, the approval is not accepted, and can be given again once that is mended. */
async function verify(cluster: string, signed: SignedApproval): Promise<Verification> {
  try {
    return await verification().verifyApproval({ cluster, signed });
  } catch (error) {
    const { message, hint } = toFailureRecord(error);
    const advice = hint ? `; ${hint}` : '';
    return {
      valid: false,
      reason: `it could not be verified (${message}${advice}); approve again when that is mended`,
    };
  }
}

function refused(reason: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(reason, 'Refused');
}
