import { ApplicationFailure, defineQuery, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';
import { type MessageName, messageNames } from '../model/messages.ts';
import type { Plan } from '../model/plan.ts';
import type { Progress } from '../model/progress.ts';
import type { Report } from '../model/report.ts';
import type { Desk } from './desk.ts';

/** What an accepted update answers: what happens next, in a sentence. */
export interface Accepted {
  message: string;
}

export const progressQuery = defineQuery<Progress>('progress');
export const planQuery = defineQuery<Plan | null>('plan');
export const reportQuery = defineQuery<Report>('report');

const descriptions: Record<MessageName, string> = {
  approve: 'Approve the plan: {"approver": "you", "planHash": "…", "comment"?: "…"}',
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
export function listen(desk: Desk): void {
  for (const name of messageNames) {
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
      if (!verdict.taken) throw ApplicationFailure.nonRetryable(verdict.reason, 'Refused');
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
