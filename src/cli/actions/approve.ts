import { Failure } from '../../model/failure.ts';
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
  const run = new Run(temporal, cluster);
  const planHash = given !== undefined && FULL_HASH.test(given) ? given : await hashOnOffer(run, given);
  if (given === undefined && !(await shownAndConfirmed(run, planHash, approver))) {
    process.stderr.write(`Not approved; the run waits on. To end it: proxyshift reject ${cluster}\n`);
    return 1;
  }
  return await send(run, 'approve', { approver, planHash, ...commentOf(options) }, options.output);
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

async function shownAndConfirmed(run: Run, planHash: string, approver: string): Promise<boolean> {
  const plan = await run.plan();
  const stream = process.stderr;
  if (plan) stream.write(`${renderPlan(plan, planHash, colorsFor(stream))}\n\n`);
  return await confirm(`Approve as ${approver}?`, { stream });
}
