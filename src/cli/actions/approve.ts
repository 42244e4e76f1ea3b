import { hashPlan } from '../../checks/plan/hash-plan.ts';
import { expandHome } from '../../cluster/clusters-file.ts';
import { Failure } from '../../model/failure.ts';
import type { Gate, Plan } from '../../model/plan.ts';
import type { Progress } from '../../model/progress.ts';
import type { SignedApproval } from '../../model/signed-approval.ts';
import { newStatement, signApproval } from '../../signing/sign-approval.ts';
import type { ApproveOptions } from '../approve.ts';
import { colorsFor } from '../colors.ts';
import { renderPlan } from '../render/plan.ts';
import { progressLines } from '../render/progress.ts';
import { connectTemporal } from '../temporal/connect.ts';
import { Run } from '../temporal/run.ts';
import { confirm } from './confirm.ts';
import { commentOf, send } from './send.ts';
import { checkedPerson } from './start.ts';

const FULL_HASH = /^[0-9a-f]{64}$/;
const HASH_PREFIX = /^[0-9a-f]{12,64}$/;

/** `proxyshift approve`. Returns the exit code: 1 where the run refuses or the person says no. */
export async function approve(cluster: string, options: ApproveOptions): Promise<number> {
  const approver = checkedPerson(options.as, '--as');
  const given = options.planHash?.trim().toLowerCase();
  if (given !== undefined && !HASH_PREFIX.test(given)) {
    throw new Failure('Invalid', `--plan-hash ${JSON.stringify(options.planHash)} is not a plan's hash.`, {
      hint: 'Give its 64 hex digits, or at least the first 12 of them: proxyshift plan shows it.',
    });
  }
  await using temporal = await connectTemporal(options);
  const latest = new Run(temporal, cluster);
  // The run that is looked at now, also where another one begins meanwhile: a signature is of one run.
  const { runId } = await latest.describe();
  const run = new Run(temporal, cluster, runId);
  const planHash = given !== undefined && FULL_HASH.test(given) ? given : await hashOnOffer(run, given);
  const [plan, progress] = await Promise.all([run.plan(), run.progress()]);
  const gate = gateOf(progress, options, cluster);
  checkSigning(cluster, plan, options);
  if (given === undefined && !(await shownAndConfirmed(plan, { planHash, progress, approver, gate }))) {
    process.stderr.write(`Not approved; the run waits on. To end it: proxyshift reject ${cluster}\n`);
    return 1;
  }
  const comment = commentOf({ comment: options.comment?.trim() });
  if (plan && options.signWith !== undefined) checkHash(cluster, plan, planHash);
  const which = gate === 'canary' ? { gate } : {};
  const signed = plan && (await signedBy(options, { plan, planHash, runId, approver, ...comment, ...which }));
  const payload = { approver, planHash, ...which, ...comment, ...(signed ? { signed } : {}) };
  return await send(run, 'approve', payload, options.output);
}

/**
 * What is approved. Going on after the canary is never taken from the situation alone: a command that is sent twice must not
 * approve twice.
 * @throws Failure `Refused`
 */
function gateOf({ gate: open }: Progress, { gate, planHash }: ApproveOptions, cluster: string): Gate {
  if (gate !== undefined) return gate;
  if (open !== 'canary') return 'plan';
  if (planHash === undefined) return 'canary';
  throw new Failure(
    'Refused',
    `The plan of ${cluster} is approved; the run waits for an approval to go on after its canary.`,
    {
      hint: `If that is meant: proxyshift approve ${cluster} --plan-hash ${planHash} --gate canary`,
    },
  );
}

/** Says what is missing before anything is asked. @throws Failure `Refused` */
function checkSigning(cluster: string, plan: Plan | undefined, { signWith, as }: ApproveOptions): void {
  if (plan?.approval.require === 'signed' && signWith === undefined) {
    throw new Failure('Refused', `${cluster} requires signed approvals, and no key to sign with was named.`, {
      hint: `Sign with a key that the worker knows ${as} by: proxyshift approve ${cluster} --as ${as} --sign-with ~/.ssh/id_ed25519`,
    });
  }
  if (plan?.approval.require === 'named' && signWith !== undefined) {
    throw new Failure('Refused', `${cluster} takes approvals by name: nobody would verify the signature.`, {
      hint: 'Leave --sign-with away; or set approval.require: signed in clusters.yaml on the worker, and start again.',
    });
  }
}

/**
 * Whoever may answer for the run could show one plan and have another one signed: what is signed has to be the hash of what
 * is shown, as it is computed here. @throws Failure `Refused`
 */
function checkHash(cluster: string, plan: Plan, planHash: string): void {
  const shown = hashPlan(plan);
  if (shown === planHash) return;
  throw new Failure(
    'Refused',
    `The plan that the run on ${cluster} shows has the hash ${shown}, and ${planHash} was to be signed.`,
    {
      hint: `Read the plan that is on offer now: proxyshift plan ${cluster}. Where this stays, use the proxyshift of the worker's version.`,
    },
  );
}

interface ToSign {
  plan: Plan;
  planHash: string;
  runId: string;
  approver: string;
  comment?: string;
  gate?: 'canary';
}

async function signedBy(
  { signWith, expires }: ApproveOptions,
  { plan, ...rest }: ToSign,
): Promise<SignedApproval | undefined> {
  if (signWith === undefined) return undefined;
  const expiresAt = Date.now() + expires;
  const statement = newStatement({ ...rest, clusterUid: plan.cluster.uid, expiresAt });
  process.stderr.write(`Signing with ${signWith}; the approval holds until ${statement.expiresAt}.\n`);
  return await signApproval(statement, expandHome(signWith));
}

/** The hash of the plan that waits for an approval, which has to begin with `prefix`. @throws Failure `Refused` */
async function hashOnOffer(run: Run, prefix: string | undefined): Promise<string> {
  const { phase, gate, planHash } = await run.progress();
  if (gate === undefined || planHash === undefined) {
    throw new Failure('Refused', `There is no plan to approve on ${run.cluster} now: the run is in phase ${phase}.`, {
      hint: `See: proxyshift status ${run.cluster}`,
    });
  }
  if (prefix !== undefined && !planHash.startsWith(prefix)) {
    throw new Failure('Refused', `The plan on offer is not ${prefix}…, it is ${planHash}.`, {
      hint: `Read it before you approve it: proxyshift plan ${run.cluster}`,
    });
  }
  if (prefix === undefined && !process.stdin.isTTY) {
    throw new Failure('Refused', 'Without a terminal to ask at, an approval has to name the plan.', {
      hint: `The plan on offer: proxyshift approve ${run.cluster} --plan-hash ${planHash}`,
    });
  }
  return planHash;
}

interface Asked {
  planHash: string;
  progress: Progress;
  approver: string;
  gate: Gate;
}

async function shownAndConfirmed(
  plan: Plan | undefined,
  { planHash, progress, approver, gate }: Asked,
): Promise<boolean> {
  const stream = process.stderr;
  const colors = colorsFor(stream);
  if (gate === 'canary') {
    stream.write(`${progressLines(progress, { colors, now: Date.now() }).join('\n')}\n\n`);
    return await confirm(`Go on after the canary, as ${approver}?`, { stream });
  }
  if (plan) stream.write(`${renderPlan(plan, planHash, colors, progress.revision)}\n\n`);
  return await confirm(`Approve as ${approver}?`, { stream });
}
