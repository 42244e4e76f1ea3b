import type { Plan } from '../model/plan.ts';
import type { Verified } from '../model/steps.ts';
import { clearStandbys } from './clear-standbys.ts';
import type { Gatekeeper } from './gatekeeper.ts';
import type { Run } from './run.ts';
import { EVERY_NODE_TIMEOUT_MS, step } from './step-options.ts';
import { WaveWalk } from './wave-walk.ts';

/** ConfigMap, canary, waves; then whatever joined or came up in the old mode meanwhile. */
export async function switchKubeProxy(run: Run, plan: Plan, gatekeeper: Gatekeeper): Promise<void> {
  const { kubeProxy } = plan;
  const { cluster, journal } = run;
  if (!kubeProxy.needed) return;
  journal.enter('kube-proxy');

  // Of an earlier run that ended before it could do so: they know another configuration.
  if (kubeProxy.handover === 'make-before-break') await clearStandbys(run, kubeProxy, step);

  const { to, configBefore, configAfter } = kubeProxy;
  const write = `Write mode ${to} into ConfigMap kube-system/kube-proxy`;
  const writeMode = () =>
    journal.step(write, () => step({ summary: write }).writeProxyConfig({ cluster, to, configBefore, configAfter }));
  await gatekeeper.beforeWrite();
  await gatekeeper.keepMode(writeMode);

  const walk = new WaveWalk(run, plan, gatekeeper);
  if (kubeProxy.strategy === 'rolling') await walk.roll();
  else await walk.walk();

  const find = 'Look for nodes that joined or came back meanwhile';
  const left = await journal.step(find, () =>
    step({ summary: find, timeoutMs: EVERY_NODE_TIMEOUT_MS }).findNodesToRestart({
      cluster,
      wanted: { default: kubeProxy.to, nodes: {} },
    }),
  );
  await walk.catchUp(left);
  // Of a node that was away while it was handed over.
  if (kubeProxy.handover === 'make-before-break') await clearStandbys(run, kubeProxy, step);
  await gatekeeper.isHealthy();
}

/**
 * Proves mode and first sync on every Linux node there is now, but for those that were left behind.
 * @param evidence ask each process anew, and keep what it says
 */
export async function verifyEveryNode(
  run: Run,
  plan: Plan,
  { what = 'Verify kube-proxy on every node', evidence = true } = {},
): Promise<void> {
  const { to, nodeTimeoutMs } = plan.kubeProxy;
  const { cluster, journal } = run;
  const verified = await journal.step(what, () =>
    step({ summary: what, timeoutMs: everyNodeTimeout(plan) }).verifyNodes({
      cluster,
      mode: to,
      timeoutMs: nodeTimeoutMs,
      except: journal.leftBehind.map(({ node }) => node),
      evidence,
    }),
  );
  keep(run, verified);
}

/** What a look at every node found. */
export function keep({ journal }: Run, { proofs, notReady }: Verified): void {
  journal.proven(proofs);
  journal.leaveBehind(notReady);
}

/** Long enough to look at every node, and for the slowest of them to come up. */
export function everyNodeTimeout({ kubeProxy }: Plan): number {
  return EVERY_NODE_TIMEOUT_MS + kubeProxy.nodeTimeoutMs;
}
