import type { LeftBehind } from '../model/node-proof.ts';
import type { KubeProxyPlan } from '../model/plan.ts';
import type { WaveResult } from '../model/steps.ts';
import type { Run } from './run.ts';
import { LIMIT_MARGIN_MS, step, undoStep } from './step-options.ts';

export interface HandOverOptions extends Pick<KubeProxyPlan, 'nodeTimeoutMs' | 'notReadyTimeoutMs'> {
  nodes: readonly string[];
  /** The mode that each node has to show. */
  mode: KubeProxyPlan['to'];
  /** What a person reads: `Restart kube-proxy on node-07 (canary)`. */
  what: string;
  /** Default `restart`. */
  handover?: 'restart' | 'rolling';
  /** They have failed once already. */
  again?: boolean;
  /** On the way back a failed attempt is tried again in any case. */
  back?: boolean;
}

/** Hands these nodes over, and keeps what was seen of each. Nodes that failed are for the caller to judge. */
export async function handOver(run: Run, options: HandOverOptions): Promise<WaveResult> {
  const {
    nodes,
    mode,
    nodeTimeoutMs,
    notReadyTimeoutMs,
    what,
    handover = 'restart',
    again = false,
    back = false,
  } = options;
  const { cluster, journal } = run;
  // One after the other, a rolling restart may take the time of every node.
  const rounds = handover === 'rolling' ? Math.max(1, nodes.length) : 1;
  const timeoutMs = rounds * nodeTimeoutMs + notReadyTimeoutMs + LIMIT_MARGIN_MS;
  const act = back ? undoStep : step;
  const hand = () =>
    act({ summary: what, timeoutMs }).restartWave({
      cluster,
      nodes: [...nodes],
      mode,
      handover,
      again,
      nodeTimeoutMs,
      notReadyTimeoutMs,
    });
  const result = await journal.step(what, hand, ({ failed }) => whyFailed(failed, mode));
  journal.proven(result.proofs);
  journal.dropped(result.gone);
  journal.leaveBehind(result.notReady);
  return result;
}

/** What to say of nodes that did not get there; undefined where there is none. */
export function whyFailed([first, ...others]: readonly LeftBehind[], mode: string): string | undefined {
  if (first === undefined) return undefined;
  const more = others.length > 0 ? ` (and ${others.length} more nodes)` : '';
  return `kube-proxy on ${first.node} did not come up in ${mode}: ${first.why}${more}`;
}

/** Names of nodes for a summary: the first ones, and how many more. */
export function named(nodes: readonly string[]): string {
  if (nodes.length <= 3) return nodes.join(', ');
  const [first, second] = nodes;
  return `${first}, ${second} and ${nodes.length - 2} more`;
}
