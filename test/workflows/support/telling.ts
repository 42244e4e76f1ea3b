import { CancellationScope } from '@temporalio/workflow';
import type { Notice } from '../../../src/model/notification.ts';
import type { NotificationEvent, Subscriber } from '../../../src/model/notification-event.ts';
import { Notifications } from '../../../src/workflows/notifications.ts';

// What tells people, without the run that they are told of.

const notice: Notice = {
  cluster: 'prod-1',
  text: 'something has happened',
  phase: 'soak',
  requester: 'ada',
  nodes: { done: 1, total: 2 },
  objects: [],
  commands: [],
  workflowId: 'proxyshift/prod-1',
  runId: 'run',
};

export interface Telling {
  subscribers: Subscriber[];
  events: NotificationEvent[];
  /** How long the end waits (ms). */
  lastWaitMs: number;
  /** What tells is cancelled right after. */
  cancelled?: boolean;
}

/** Tells all of it at once, and waits as the end of a run does. @returns what could not be told */
export async function telling({ subscribers, events, lastWaitMs, cancelled = false }: Telling): Promise<string[]> {
  const untold: string[] = [];
  const notifications = new Notifications((remark) => untold.push(remark), { lastWaitMs });
  notifications.subscribe(subscribers);
  const scope = new CancellationScope();
  await scope.run(async () => {
    for (const event of events) notifications.tell(event, notice);
  });
  if (cancelled) scope.cancel();
  await notifications.settle();
  return untold;
}
