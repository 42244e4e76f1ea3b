import type { Handover, HandoverContext } from './handover.ts';
import { MakeBeforeBreak } from './make-before-break.ts';
import { NodeRestart } from './restart-node.ts';
import type { Standbys } from './standbys.ts';

/** The one place that knows which ways there are. */
export function createHandover(context: HandoverContext, standbys: Standbys | undefined): Handover {
  return standbys ? new MakeBeforeBreak(context, standbys) : new NodeRestart(context);
}
