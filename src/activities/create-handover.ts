import type { Handover, HandoverContext } from './handover.ts';
import { NodeRestart } from './restart-node.ts';

/** The one place that knows which ways there are. */
export function createHandover(context: HandoverContext): Handover {
  return new NodeRestart(context);
}
