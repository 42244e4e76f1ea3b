import type { Notification } from '../model/notification.ts';
import { post } from './post.ts';
import { openReceiver, type Receiver } from './receiver.ts';
import { webhookHeaders } from './sign.ts';
import { slackMessage } from './slack-message.ts';
import { webhookBody } from './webhook-body.ts';

export interface SendOptions {
  /** The run in Temporal's UI. */
  link?: string | undefined;
  signal: AbortSignal;
}

/**
 * Tells one receiver, once.
 * @returns the status that it answered
 * @throws NotTold, whose `again` says whether it is worth another try; the reason of the signal
 */
export async function send(
  receiver: Receiver,
  notification: Notification,
  { link, signal }: SendOptions,
): Promise<number> {
  const { url, key, ca } = await openReceiver(receiver);
  const isSlack = receiver.type === 'slack';
  const body = JSON.stringify(isSlack ? slackMessage(notification, link) : webhookBody(notification, link));
  const headers = isSlack ? {} : webhookHeaders({ id: notification.id, sentAt: Date.now(), body, key });
  return await post({ url, body, headers, timeoutMs: receiver.timeoutMs, ca, signal });
}
