import type { Cluster } from '../cluster/connect.ts';
import { parseNode } from '../cluster/nodes.ts';
import { watchObjects } from '../cluster/watch.ts';

export interface ReadyOptions {
  /** How long each is waited for (ms). */
  timeoutMs: number;
  signal: AbortSignal;
}

/**
 * Waits for nodes that are not Ready, by one watch for all of them.
 * @returns by node: whether it became Ready in time. False also for a node that was deleted. Rejects where the watch breaks.
 */
export function untilReady(
  cluster: Cluster,
  nodes: readonly { name: string }[],
  { timeoutMs, signal }: ReadyOptions,
): Map<string, Promise<boolean>> {
  const answers = new Map(nodes.map(({ name }) => [name, Promise.withResolvers<boolean>()]));
  const waiting = new Set(answers.keys());
  const result = new Map([...answers].map(([name, { promise }]) => [name, promise]));
  if (waiting.size === 0) return result;
  const enough = new AbortController();
  const until = AbortSignal.any([signal, enough.signal, AbortSignal.timeout(timeoutMs)]);
  const answer = (name: string, ready: boolean) => {
    answers.get(name)?.resolve(ready);
    waiting.delete(name);
    if (waiting.size === 0) enough.abort();
  };
  const follow = async () => {
    const events = watchObjects(cluster, { apiVersion: 'v1', plural: 'nodes', signal: until }, parseNode);
    for await (const { type, object } of events) {
      if (type === 'SYNCED' || !waiting.has(object.name)) continue;
      if (type === 'DELETED') answer(object.name, false);
      else if (object.ready) answer(object.name, true);
    }
    signal.throwIfAborted();
    for (const name of [...waiting]) answer(name, false);
  };
  follow().catch((error: unknown) => {
    for (const name of waiting) answers.get(name)?.reject(error);
  });
  return result;
}
