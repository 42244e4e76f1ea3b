import type { Approve } from '../model/messages.ts';
import type { Gate, PlanApproval } from '../model/plan.ts';
import { samePerson } from '../model/request.ts';
import { CLOCK_TOLERANCE_MS, LONGEST_APPROVAL_MS, type SignedApproval } from '../model/signed-approval.ts';

/** An approval that counts. */
export interface Approval {
  approver: string;
  /** Of a signed one, ms since the epoch: it does not count any longer then. */
  expiresAt?: number;
  /** Of a signed one: type and fingerprint of the key. */
  key?: string;
}

/** A plan on offer, and what it asks of approvals. */
export interface Offer extends PlanApproval {
  gate: Gate;
  hash: string;
  clusterUid: string;
}

/** What an approval is judged by. */
export interface Situation {
  offer: Offer;
  requester: string;
  runId: string;
  counting: readonly Approval[];
  /** Of the signed messages that were looked at before; none where this message itself was. */
  nonces: ReadonlySet<string>;
  /** ms since the epoch. */
  now: number;
  /** Of a signature that was verified. */
  key: string | undefined;
}

/** Why an approval does not count, by everything but the signature itself; undefined where nothing speaks against it. */
export function whyNotCounting(message: Approve, situation: Situation): string | undefined {
  const { approver, signed } = message;
  if (situation.offer.require === 'named') {
    return signed
      ? 'this cluster takes approvals by name and verifies no signature; send it without one'
      : (whyStale(message, situation) ?? whyNotThisPerson(approver, situation));
  }
  if (signed === undefined) {
    return `the approval of ${approver} is not signed, and this cluster requires that; see proxyshift approve --sign-with`;
  }
  return (
    whyOfAnother(message, signed, situation) ??
    whyStale(message, situation) ??
    whyExpired(signed, situation) ??
    whyReplayed(signed, situation) ??
    whyNotThisPerson(approver, situation)
  );
}

/** What was signed has to be what is said, and of this run of this cluster. */
function whyOfAnother(
  { approver, planHash, gate, comment }: Approve,
  { statement }: SignedApproval,
  { offer, runId }: Situation,
): string | undefined {
  if (statement.approver !== approver) return `${approver} is not who signed, which is ${statement.approver}`;
  if (statement.planHash !== planHash) {
    return `planHash ${short(planHash)} is not what was signed, which is ${short(statement.planHash)}`;
  }
  if ((statement.gate ?? 'plan') !== (gate ?? 'plan')) {
    return `${gateInWords(gate)} is not what ${approver} signed, which is ${gateInWords(statement.gate)}`;
  }
  if (statement.comment !== comment) return `the comment is not the one that ${approver} signed`;
  if (statement.clusterUid !== offer.clusterUid) {
    return `what ${approver} signed is of another cluster, ${statement.clusterUid}; this one is ${offer.clusterUid}`;
  }
  if (statement.runId !== runId) {
    return `what ${approver} signed is of another run, ${statement.runId}; this one is ${runId}`;
  }
  return undefined;
}

function whyStale({ planHash, gate = 'plan' }: Approve, { offer }: Situation): string | undefined {
  if (gate !== offer.gate) {
    return `this approves ${gateInWords(gate)}, and the run waits for an approval of ${gateInWords(offer.gate)}`;
  }
  if (planHash === offer.hash) return undefined;
  return `planHash ${short(planHash)} is not the plan on offer, which is ${short(offer.hash)}`;
}

function whyExpired({ statement: { approver, expiresAt } }: SignedApproval, { now }: Situation): string | undefined {
  const at = Date.parse(expiresAt);
  if (at <= now) return `the approval of ${approver} expired at ${expiresAt}; sign a new one`;
  if (at > now + LONGEST_APPROVAL_MS + CLOCK_TOLERANCE_MS) {
    return `the approval of ${approver} would hold until ${expiresAt}; a week is the most`;
  }
  return undefined;
}

function whyReplayed({ statement }: SignedApproval, { nonces }: Situation): string | undefined {
  if (!nonces.has(statement.nonce)) return undefined;
  return `this signed approval of ${statement.approver} was sent to this run before (replayed); sign a new one`;
}

function whyNotThisPerson(approver: string, { offer, requester, counting, key }: Situation): string | undefined {
  if (counting.some((given) => samePerson(given.approver, approver))) {
    return `${approver} has approved already; another person has to`;
  }
  const other = key === undefined ? undefined : counting.find((given) => given.key && sameKey(given.key, key));
  if (other) return `the key of ${approver}, ${key}, is the one that ${other.approver} has approved with already`;
  if (samePerson(approver, requester)) {
    return `${approver} asked for this migration; another person has to approve it`;
  }
  const { approvers } = offer;
  if (approvers.length > 0 && !approvers.some((name) => samePerson(name, approver))) {
    return `${approver} is not an approver of this cluster (approvers: ${approvers.join(', ')})`;
  }
  return undefined;
}

function gateInWords(gate: Gate = 'plan'): string {
  return gate === 'plan' ? 'the plan' : 'going on after the canary';
}

/** A key and its certificates have one fingerprint and different types (sshkey.c, sshkey_fingerprint_raw). */
function sameKey(a: string, b: string): boolean {
  return fingerprintOf(a) === fingerprintOf(b);
}

function fingerprintOf(key: string): string | undefined {
  return key.split(' ').at(-1);
}

function short(hash: string): string {
  return `${hash.slice(0, 12)}…`;
}
