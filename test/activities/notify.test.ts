import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createSteps } from '../../src/activities/create.ts';
import { subscribersOf } from '../../src/activities/notify.ts';
import type { StepEnvironment } from '../../src/activities/step-context.ts';
import type { Receiver } from '../../src/notifications/receiver.ts';
import { approval, rollout } from '../fixtures/cluster-entry.ts';
import { notification } from '../notifications/support/notification.ts';
import { answering, type ReceiverServer, startReceiver } from '../notifications/support/receiver-server.ts';
import { runStep } from './support/steps-on.ts';

let server: ReceiverServer;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxyshift-notify-'));
  await writeFile(join(folder, 'key'), `whsec_${Buffer.from('s3cret key of thirty-two bytes..').toString('base64')}`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  server = await startReceiver();
});
afterEach(() => server[Symbol.asyncDispose]());

type Told = Parameters<NonNullable<StepEnvironment['onTold']>>[0];

/** Tells as the worker does. */
async function tell(receivers: Receiver[], receiver: string): Promise<Told[]> {
  const records: Told[] = [];
  const entry = { name: 'prod-1', kubeconfig: '', context: '', uid: '', approval, rollout, calico: { timeoutMs: 1 } };
  const { notify } = createSteps({
    clusters: async () => ({ path: '', clusters: [{ ...entry, receivers }] }),
    onTold: (record) => records.push(record),
    runLink: ({ workflowId, runId }) => `https://ui.example.com/${encodeURIComponent(workflowId)}/${runId}`,
  });
  await runStep(notify, { cluster: 'prod-1', receiver, notification }).catch((error: unknown) => {
    expect(inspect(error, { depth: 9, showHidden: true }), 'no address, and no key').not.toMatch(
      /127\.0\.0\.1|s3cret|whsec/,
    );
    throw Object.assign(new Error('not told', { cause: error }), { records });
  });
  return records;
}

const tickets = (): Receiver => ({
  name: 'tickets',
  type: 'webhook',
  url: server.url,
  secretFile: join(folder, 'key'),
  events: ['approval-needed', 'done'],
  timeoutMs: 500,
});

it('a receiver is told, with the page of the run in Temporal, and it is counted', async () => {
  expect(await tell([tickets()], 'tickets')).toEqual([
    { receiver: 'tickets', event: 'approval-needed', result: 'told' },
  ]);
  expect(JSON.parse(server.received[0]?.body ?? '').data.link).toBe(
    `https://ui.example.com/proxyshift%2Fprod-1/${notification.notice.runId}`,
  );
});

it.each<[string, number, string]>([
  ['is tried again where it fails', 503, 'Unreachable'],
  ['is not tried again where it refuses what it was sent', 400, 'Refused'],
])('a receiver %s', async (_, status, type) => {
  server.answers.push(answering(status));
  await expect(tell([tickets()], 'tickets')).rejects.toMatchObject({
    cause: { type, message: expect.stringMatching(`^it answered ${status}`) },
    records: [{ receiver: 'tickets', event: 'approval-needed', result: 'failed' }],
  });
});

it('one that was taken out of clusters.yaml meanwhile is not told, and that is said', async () => {
  await expect(tell([tickets()], 'chat')).rejects.toMatchObject({
    cause: { type: 'Refused', message: 'clusters.yaml on the worker has no receiver chat for prod-1 any more' },
  });
});

it('a workflow knows of a receiver its name and its events, and nothing where there is none', () => {
  expect(subscribersOf({ receivers: [tickets()] })).toEqual({
    subscribers: [{ name: 'tickets', events: ['approval-needed', 'done'] }],
  });
  expect(subscribersOf({})).toEqual({});
});
