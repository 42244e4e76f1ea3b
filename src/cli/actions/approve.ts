import { hashPlan } from '../../checks/plan/hash-plan.ts';
import { expandHome } from '../../cluster/clusters-file.ts';
import { Failure } from '../../model/failure.ts';
import type { Plan } from '../../model/plan.ts';
import type { PlanRevision } from '../../model/plan-drift.ts';
import type { SignedApproval } from '../../model/signed-approval.ts';
import { newStatement, signApproval } from '../../signing/sign-approval.ts';
import type { ApproveOptions } from '../approve.ts';
import { colorsFor } from '../colors.ts';
import { renderPlan } from '../render/plan.ts';
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
  const [plan, { revision }] = await Promise.all([run.plan(), run.progress()]);
  checkSigning(cluster, plan, options);
  if (given === undefined && !(await shownAndConfirmed(plan, { planHash, revision, approver }))) {
    process.stderr.write(`Not approved; the run waits on. To end it: proxyshift reject ${cluster}\n`);
    return 1;
  }
  const comment = commentOf({ comment: options.comment?.trim() });
  if (plan && options.signWith !== undefined) checkHash(cluster, plan, planHash);
  const signed = plan && (await signedBy(options, { plan, planHash, runId, approver, ...comment }));
  return await send(run, 'approve', { approver, planHash, ...comment, ...(signed ? { signed } : {}) }, options.output);
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
  const { phase, planHash } = await run.progress();
  if (phase !== 'approval' || planHash === undefined) {
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
  revision: PlanRevision | undefined;
  approver: string;
}

async function shownAndConfirmed(plan: Plan | undefined, { planHash, revision, approver }: Asked): Promise<boolean> {
  const stream = process.stderr;
  if (plan) stream.write(`${renderPlan(plan, planHash, colorsFor(stream), revision)}\n\n`);
  return await confirm(`Approve as ${approver}?`, { stream });
}
