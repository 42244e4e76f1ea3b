import type { ClusterEntry } from '../cluster/clusters-file.ts';
import { Failure } from '../model/failure.ts';
import type { Notification } from '../model/notification.ts';
import type { Subscriber } from '../model/notification-event.ts';
import type { OnCluster } from '../model/steps.ts';
import { NotTold } from '../notifications/not-told.ts';
import { send } from '../notifications/send.ts';
import { recordEvents } from './record-events.ts';
import { type StepEnvironment, type WorkerContext, wayIn } from './step-context.ts';

/**
 * Tells one receiver of clusters.yaml what has happened. How it is reached, and what it is signed with, is on the worker alone.
 * @throws Failure `Unreachable` where it is worth another try, `Refused` where it is not; of Events as the API server answers
 */
export async function notify(
  environment: StepEnvironment,
  context: WorkerContext,
  { receiver: name, notification }: OnCluster & { receiver: string; notification: Notification },
): Promise<void> {
  const { onTold, runLink } = environment;
  const { entry, signal } = context;
  const { event, notice } = notification;
  const receiver = entry.receivers?.find((candidate) => candidate.name === name);
  if (receiver === undefined) {
    throw new Failure('Refused', `clusters.yaml on the worker has no receiver ${name} for ${entry.name} any more`);
  }
  try {
    if (receiver.type === 'events') await recordEvents(await wayIn(environment, context), notification);
    else await send(receiver, notification, { link: runLink?.(notice), signal });
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
