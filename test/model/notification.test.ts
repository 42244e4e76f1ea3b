import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { notificationJsonSchema, notificationSchemaPath } from '../../scripts/schema.ts';
import { webhookBodySchema } from '../../src/model/notification.ts';
import { notificationEvents } from '../../src/model/notification-event.ts';
import { webhookBody } from '../../src/notifications/webhook-body.ts';
import { notification } from '../notifications/support/notification.ts';

it('the JSON Schema for receivers is in step: npm run schema writes it', async () => {
  expect(await readFile(notificationSchemaPath, 'utf8')).toBe(notificationJsonSchema());
});

it.each([...notificationEvents, 'test' as const])('what a webhook is sent of %s is what the schema says', (event) => {
  const body = webhookBody({ ...notification, event }, 'https://ui.example.com');
  expect(webhookBodySchema.parse(body)).toEqual(body);
  expect(notificationJsonSchema()).toContain(`"proxyshift.${event}"`);
});
