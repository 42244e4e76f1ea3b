import { setTimeout as delay } from 'node:timers/promises';
import type { ProxyMode } from '../model/mode.ts';
import type { NodeSoftware } from './actors/node-software.ts';
import type { RehearsalTiming } from './timing.ts';

/** Scenario `node-joins`: once, some time after the first node has synced in nftables. */
export function joinOnce(
  software: NodeSoftware,
  addNode: () => Promise<string>,
  timing: RehearsalTiming,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): void {
  const onSynced = (_node: string, mode: ProxyMode) => {
    if (mode !== 'nftables') return;
    software.off('synced', onSynced);
    delay(timing.joinMs, undefined, { signal })
      .then(addNode)
      .catch((error: unknown) => {
        if (!signal.aborted) onError(error);
      });
  };
  software.on('synced', onSynced);
}
