import type { ClusterEntry } from '../cluster/clusters-file.ts';
import { Failure } from '../model/failure.ts';
import type { Notification } from '../model/notification.ts';
import type { Subscriber } from '../model/notification-event.ts';
import type { OnCluster } from '../model/steps.ts';
import { NotTold } from '../notifications/not-told.ts';
import { send } from '../notifications/send.ts';
import type { StepEnvironment, WorkerContext } from './step-context.ts';

/**
 * Tells one receiver of clusters.yaml what has happened. How it is reached, and what it is signed with, is on the worker alone.
 * @throws Failure `Unreachable` where it is worth another try, `Refused` where it is not
 */
export async function notify(
  { onTold, runLink }: Pick<StepEnvironment, 'onTold' | 'runLink'>,
  { entry, signal }: WorkerContext,
  { receiver: name, notification }: OnCluster & { receiver: string; notification: Notification },
): Promise<void> {
  const { event, notice } = notification;
  const receiver = entry.receivers?.find((candidate) => candidate.name === name);
  if (receiver === undefined) {
    throw new Failure('Refused', `clusters.yaml on the worker has no receiver ${name} for ${entry.name} any more`);
  }
  try {
    await send(receiver, notification, { link: runLink?.(notice), signal });
    onTold?.({ receiver: name, event, result: 'told' });
  } catch (error) {
    onTold?.({ receiver: name, event, result: 'failed' });
    if (error instanceof NotTold) throw new Failure(error.again ? 'Unreachable' : 'Refused', error.message);
    throw error;
  }
}

/** What a workflow knows of the receivers of a cluster: names, and what each is told of. */
export function subscribersOf({ receivers = [] }: Pick<ClusterEntry, 'receivers'>): { subscribers?: Subscriber[] } {
  if (receivers.length === 0) return {};
  return { subscribers: receivers.map(({ name, events }) => ({ name, events: [...events] })) };
}
