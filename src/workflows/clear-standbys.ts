import { unhealthy } from './failures.ts';
import type { Run } from './run.ts';
import { LIMIT_MARGIN_MS, type step } from './step-options.ts';

/**
 * No stand-by stays, and no rules of one where kube-proxy serves in the other mode: also on a node whose hand-over was given up
 * while they were being taken away. Nodes that are not Ready are left behind.
 * @throws ApplicationFailure `Unhealthy` with the nodes where it is not possible
 */
export async function clearStandbys(
  { cluster, journal }: Run,
  { nodeTimeoutMs: timeoutMs }: { nodeTimeoutMs: number },
  act: typeof step,
): Promise<void> {
  const what = 'Remove what stand-bys have left';
  const options = { summary: what, timeoutMs: timeoutMs + LIMIT_MARGIN_MS };
  const { kept, notReady } = await journal.step(what, () =>
    act(options).clearStandbys({ cluster, nodes: [...journal.halfWay], timeoutMs }),
  );
  journal.leaveBehind(notReady);
  const gaveUp = new Set(journal.leftBehind.map(({ node }) => node));
  const [first, ...others] = kept.filter(({ node }) => !gaveUp.has(node));
  if (first === undefined) return;
  throw unhealthy(`The stand-by of ${first.node} could not be taken away: ${first.why}`, { nodes: [first, ...others] });
}
