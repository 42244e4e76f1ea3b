import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import { ApplicationFailure, type Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { notificationEvents } from '../../src/model/notification-event.ts';
import type { MigrationSteps } from '../../src/model/steps.ts';
import { type TemporalWithWorker, temporalWithWorker } from '../support/temporal-with-worker.ts';
import type { Telling } from './support/telling.ts';

interface Tried {
  receiver: string;
  id: string;
  attempt: number;
}
let tried: Tried[] = [];
/** What comes of the next tries of each receiver, one after the other; then it is told. */
let outcomes: Record<string, (() => Promise<void>)[]> = {};

const activities: Pick<MigrationSteps, 'notify'> = {
  notify: async ({ receiver, notification }) => {
    const { id } = notification;
    tried.push({ receiver, id, attempt: Context.current().info.attempt });
    await outcomes[receiver]?.shift()?.();
  },
};
const fails = async () => {
  throw ApplicationFailure.create({ type: 'Unreachable', message: 'it answered 503' });
};
const refuses = async () => {
  throw ApplicationFailure.create({ type: 'Refused', message: 'it answered 400' });
};
const hangs = async () => {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), 200);
  try {
    await context.cancelled;
  } finally {
    clearInterval(beat);
  }
};

let server: TemporalWithWorker;
let client: Client;
beforeAll(async () => {
  const workflowsPath = join(import.meta.dirname, 'support', 'telling.ts');
  const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  server = await temporalWithWorker({ taskQueue: 'telling', activities, workflowBundle });
  client = server.client;
});
afterAll(() => server.stop());
beforeEach(() => {
  tried = [];
  outcomes = {};
});

const both = [
  { name: 'chat', events: [...notificationEvents] },
  { name: 'pager', events: ['failed' as const, 'rolled-back' as const] },
];

async function tell(telling: Partial<Telling>) {
  const args: [Telling] = [{ subscribers: both, events: ['failed', 'rolled-back'], lastWaitMs: 60_000, ...telling }];
  const workflowId = `telling-${Math.random()}`;
  const handle = await client.workflow.start('telling', { workflowId, taskQueue: 'telling', args });
  const untold: string[] = await handle.result();
  const { events = [] } = await handle.fetchHistory();
  return { untold, events: events ?? [] };
}
const toldTo = (name: string) => tried.filter(({ receiver }) => receiver === name).map(({ id }) => id);

describe('who is told', () => {
  it('everybody, of what they want to know', async () => {
    expect((await tell({ events: ['canary-done', 'failed', 'rolled-back'] })).untold).toEqual([]);
    expect(toldTo('chat')).toEqual(['run-1-canary-done', 'run-2-failed', 'run-3-rolled-back']);
    expect(toldTo('pager')).toEqual(['run-2-failed', 'run-3-rolled-back']);
  });

  it('where it is nobody, the history of the run has nothing of it', async () => {
    const { events } = await tell({ subscribers: [] });
    expect(tried).toEqual([]);
    expect(
      events.some((event) => event.activityTaskScheduledEventAttributes ?? event.timerStartedEventAttributes),
    ).toBe(false);
  });

  it('also where what the run was doing was cancelled', async () => {
    expect((await tell({ cancelled: true })).untold).toEqual([]);
    expect(toldTo('pager')).toEqual(['run-1-failed', 'run-2-rolled-back']);
  });
});

describe('a receiver that cannot be told', () => {
  it('is tried again under the same id, keeps the order of its story, and holds up nobody else', async () => {
    outcomes = { pager: [fails] };
    expect((await tell({})).untold).toEqual([]);
    expect(tried.filter(({ receiver }) => receiver === 'pager')).toEqual([
      { receiver: 'pager', id: 'run-1-failed', attempt: 1 },
      { receiver: 'pager', id: 'run-1-failed', attempt: 2 },
      { receiver: 'pager', id: 'run-2-rolled-back', attempt: 1 },
    ]);
    const lastOfChat = tried.findIndex(({ receiver, id }) => receiver === 'chat' && id === 'run-2-rolled-back');
    const secondOfPager = tried.findIndex(({ receiver, attempt }) => receiver === 'pager' && attempt === 2);
    expect(lastOfChat).toBeLessThan(secondOfPager);
  });

  it('fails nothing: what it was not told is said, and the next event is told', async () => {
    outcomes = { chat: [refuses] };
    expect((await tell({})).untold).toEqual(['chat could not be told of failed: it answered 400.']);
    expect(toldTo('chat')).toEqual(['run-1-failed', 'run-2-rolled-back']);
  });

  it('is given up at the end of the run, with what it was not told', async () => {
    outcomes = { pager: [hangs] };
    expect((await tell({ lastWaitMs: 1_000 })).untold).toEqual([
      'pager could not be told of failed: it had not answered when the run ended.',
      'pager could not be told of rolled-back: it did not take what came before in time.',
    ]);
    expect(toldTo('chat')).toEqual(['run-1-failed', 'run-2-rolled-back']);
    expect(toldTo('pager')).toEqual(['run-1-failed']);
  });
});
