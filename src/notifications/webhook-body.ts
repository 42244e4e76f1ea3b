import type { Notification, WebhookBody } from '../model/notification.ts';

/** What a webhook is sent. */
export function webhookBody({ event, at, notice }: Notification, link: string | undefined): WebhookBody {
  return {
    type: `proxyshift.${event}`,
    timestamp: at,
    data: { ...notice, ...(link === undefined ? {} : { link }) },
  };
}
