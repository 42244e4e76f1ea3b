import type { Cluster } from '../cluster/connect.ts';
import { objectNamed, recordEvent } from '../cluster/events.ts';
import type { Notification } from '../model/notification.ts';

const warnings: Notification['event'][] = ['paused', 'failed', 'rollback-stuck'];

/** Records an Event on every object that a notification is about, so that `kubectl describe` tells of it. @throws Failure */
export async function recordEvents(cluster: Cluster, { id, event, at, notice }: Notification): Promise<void> {
  const [answer] = notice.commands;
  const message = answer === undefined ? notice.text : `${notice.text}. ${answer.command}: ${answer.does}`;
  const reason = event.replace(/(^|-)([a-z])/g, (_, _dash, letter: string) => letter.toUpperCase());
  const type = warnings.includes(event) ? 'Warning' : 'Normal';
  for (const described of notice.objects) {
    const about = objectNamed(described);
    if (about !== undefined) await recordEvent(cluster, about, { id, reason, message, type, at });
  }
}
