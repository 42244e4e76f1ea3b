import { nodeLimitMs } from '../model/handover-limit.ts';
import type { LeftBehind } from '../model/node-proof.ts';
import type { Handover, KubeProxyPlan } from '../model/plan.ts';
import type { Wave, WaveResult } from '../model/steps.ts';
import type { WaveSubject } from '../model/wave-record.ts';
import type { Run } from './run.ts';
import { LIMIT_MARGIN_MS, step, undoStep } from './step-options.ts';

type Limits = Pick<KubeProxyPlan, 'nodeTimeoutMs' | 'notReadyTimeoutMs' | 'drainTimeoutMs'>;

export interface HandOverOptions extends Limits {
  nodes: readonly string[];
  /** The mode that each node has to show. */
  mode: KubeProxyPlan['to'];
  /** What a person reads: `Restart kube-proxy on node-07 (canary)`. */
  what: string;
  handover: Wave['handover'];
  /** Which wave of the plan it is, from 1: exactly the nodes that the plan has there. */
  wave?: number;
  /** It is the one node that goes first. */
  canary?: boolean;
  /** They have failed once already. */
  again?: boolean;
  /** On the way back a failed attempt is tried again in any case. */
  back?: boolean;
}

/** What a person reads of a step that hands nodes over. */
export const HANDOVER_VERBS: Record<Handover, string> = {
  restart: 'Restart kube-proxy on',
  'make-before-break': 'Hand kube-proxy over, with a stand-by, on',
};

/** Hands these nodes over, and keeps what was seen of each. Nodes that failed are for the caller to judge. */
export async function handOver(run: Run, options: HandOverOptions): Promise<WaveResult> {
  const {
    nodes,
    mode,
    nodeTimeoutMs,
    notReadyTimeoutMs,
    drainTimeoutMs,
    what,
    handover,
    again = false,
    back = false,
  } = options;
  const { cluster, journal } = run;
  // One after the other, a rolling restart may take the time of every node.
  const rounds = handover === 'rolling' ? Math.max(1, nodes.length) : 1;
  const limitMs = nodeLimitMs({ handover, nodeTimeoutMs, drainTimeoutMs });
  // What failed is cleared away afterwards.
  const clearMs = handover === 'make-before-break' ? nodeTimeoutMs : 0;
  const timeoutMs = rounds * limitMs + clearMs + notReadyTimeoutMs + LIMIT_MARGIN_MS;
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
      drainTimeoutMs,
    });
  journal.handingOver = { what, nodes };
  for (const node of nodes) journal.halfWay.add(node);
  const wave = subjectOf(options);
  const result = await journal.step(what, hand, { whyFailed: ({ failed }) => whyFailed(failed, mode), wave });
  wave.failed = result.failed.map(({ node }) => node);
  for (const node of [...result.proofs.flatMap(({ pods }) => Object.keys(pods)), ...result.gone])
    journal.halfWay.delete(node);
  journal.proven(result.proofs);
  journal.dropped(result.gone);
  journal.leaveBehind(result.notReady);
  return result;
}

/** For the report. The names of a wave of the plan are in the plan already, and there may be thousands. */
function subjectOf({ wave, nodes, canary, again, back }: HandOverOptions): WaveSubject {
  return {
    ...(wave === undefined ? { nodes: [...nodes] } : { wave, nodes: [] }),
    ...(canary ? { canary } : {}),
    ...(again ? { again } : {}),
    ...(back ? { back } : {}),
    failed: [],
  };
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
