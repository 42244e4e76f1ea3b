import { randomUUID } from 'node:crypto';
import { type ClustersFile, loadClustersFile } from '../../cluster/clusters-file.ts';
import { Failure } from '../../model/failure.ts';
import type { Notification } from '../../model/notification.ts';
import { readable } from '../../model/readable.ts';
import { NotTold } from '../../notifications/not-told.ts';
import type { Receiver } from '../../notifications/receiver.ts';
import { send } from '../../notifications/send.ts';
import { colorsFor } from '../colors.ts';
import type { NotifyOptions } from '../notify.ts';
import { currentUser } from '../options.ts';
import { table } from '../render/table.ts';
import { printJson } from './output.ts';

/** Exit code where a receiver could not be told. */
const NOT_TOLD = 1;

/** What came of it for one receiver. */
interface Tried {
  receiver: string;
  type: Receiver['type'];
  told: boolean;
  /** `it answered 200`, or why not. */
  answer: string;
  /** ms. */
  tookMs: number;
}

/** `proxyshift notify`. Returns the exit code. */
export async function notify({ clusters, receiver: names, output }: NotifyOptions): Promise<number> {
  const receivers = chosen(await loadClustersFile(clusters), names);
  const notification = testMessage();
  const tried = await Promise.all(receivers.map((receiver) => tryOne(receiver, notification)));
  if (output === 'json') printJson(tried);
  else process.stdout.write(`${lines(tried).join('\n')}\n`);
  return tried.every(({ told }) => told) ? 0 : NOT_TOLD;
}

/** @throws Failure `Invalid` for a name that there is not, and where there is none at all */
function chosen({ receivers = [], path }: ClustersFile, names: readonly string[] | undefined): Receiver[] {
  // Events are written into the cluster of a run: there is nobody to be tried.
  const known = receivers.filter(({ type }) => type !== 'events');
  if (known.length === 0) {
    const hint = 'clusters.example.yaml shows how to add one, under notifications.';
    throw new Failure('Invalid', `There is no receiver of notifications to try in ${path}`, { hint });
  }
  return (names ?? known.map(({ name }) => name)).map((name) => {
    const found = known.find((receiver) => receiver.name === name);
    if (found) return found;
    const hint = `It has: ${known.map((receiver) => receiver.name).join(', ')}.`;
    throw new Failure('Invalid', `There is no receiver "${name}" to try in ${path}`, { hint });
  });
}

async function tryOne(receiver: Receiver, notification: Notification): Promise<Tried> {
  const startedAt = performance.now();
  const result = (told: boolean, answer: string): Tried => {
    const tookMs = Math.round(performance.now() - startedAt);
    return { receiver: receiver.name, type: receiver.type, told, answer, tookMs };
  };
  try {
    const status = await send(receiver, notification, { signal: new AbortController().signal });
    return result(true, `it answered ${status}`);
  } catch (error) {
    if (error instanceof NotTold) return result(false, error.message);
    throw error;
  }
}

function testMessage(): Notification {
  const runId = randomUUID();
  return {
    id: `${runId}-test`,
    event: 'test',
    at: new Date().toISOString(),
    notice: {
      cluster: 'test',
      text: 'This is a test of proxyshift: notifications of its runs arrive here',
      phase: 'preflight',
      requester: currentUser(),
      nodes: { done: 0, total: 0 },
      objects: [],
      commands: [],
      workflowId: 'proxyshift/test',
      runId,
    },
  };
}

function lines(tried: readonly Tried[]): string[] {
  const colors = colorsFor(process.stdout);
  const rows = tried.map(({ receiver, type, told, answer, tookMs }) => {
    return [told ? colors.green('✔') : colors.red('✖'), receiver, type, answer, readable(tookMs)];
  });
  return table(['', 'receiver', 'type', 'answer', 'time'], rows);
}
