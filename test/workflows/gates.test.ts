import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { searchAttributeList } from '../../src/cli/temporal/search-attributes.ts';
import type { AlertGate } from '../../src/model/alerts.ts';
import type { MaintenanceWindow, WindowState } from '../../src/model/maintenance.ts';
import type { Progress } from '../../src/model/progress.ts';
import type { MigrationSteps } from '../../src/model/steps.ts';
import { resolveBinaries } from '../../src/rehearsal/binaries/resolve.ts';
import { type StartedTemporal, startTemporal } from '../../src/rehearsal/temporal-server.ts';

/** What the windows are at one time, made when it is asked for. */
let states: (() => WindowState)[] = [];
let asked: string[] = [];
let cancelled = 0;

const activities: Pick<MigrationSteps, 'maintenanceWindow' | 'awaitAlerts'> = {
  maintenanceWindow: async ({ at }) => {
    asked.push(at);
    const next = states.shift();
    if (!next) throw new Error('asked once more than expected');
    return next();
  },
  awaitAlerts: async () => {
    const context = Context.current();
    const beat = setInterval(() => context.heartbeat(), 200);
    try {
      return await context.cancelled;
    } finally {
      clearInterval(beat);
      cancelled += 1;
    }
  },
};

const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
const opensIn = (ms: number) => (): WindowState => ({ open: false, opensAt: inMs(ms), why: 'outside' });
const openFor = (ms: number) => (): WindowState => ({ open: true, until: inMs(ms) });
const HOUR = 3_600_000;
const windows: MaintenanceWindow[] = [{ start: '0 22 * * *', durationMs: HOUR, timeZone: 'UTC' }];

let temporal: StartedTemporal;
let connection: NativeConnection;
let client: Client;
let worker: Worker;
let running: Promise<void>;

beforeAll(async () => {
  const { temporal: binary } = await resolveBinaries(['temporal']);
  temporal = await startTemporal({ binary, searchAttributes: searchAttributeList });
  connection = await NativeConnection.connect({ address: temporal.address });
  const logger = new DefaultLogger('ERROR');
  const workflowsPath = join(import.meta.dirname, 'support', 'gates.ts');
  const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger });
  worker = await Worker.create({ connection, taskQueue: 'gates', activities, workflowBundle });
  running = worker.run();
  client = new Client({ connection: await Connection.connect({ address: temporal.address }) });
});
afterAll(async () => {
  worker.shutdown();
  await running;
  await client.connection.close();
  await connection.close();
  await temporal.stop();
});
beforeEach(() => {
  states = [];
  asked = [];
  cancelled = 0;
});

function start(workflow: 'waves' | 'alerts', args: unknown[]): Promise<WorkflowHandle> {
  const cluster = `c-${Date.now()}`;
  return client.workflow.start(workflow, { workflowId: cluster, taskQueue: 'gates', args: [cluster, ...args] });
}

const say = (handle: WorkflowHandle, name: 'abort' | 'rollback' | 'pause' | 'resume') =>
  handle.executeUpdate(name, { args: [{ by: 'grace' }] });
const waitingFor = async (handle: WorkflowHandle) => (await handle.query<Progress>('progress')).waitingFor;

/** How many of these events are in the history. */
async function count(
  handle: WorkflowHandle,
  kind: 'activityTaskScheduledEventAttributes' | 'timerStartedEventAttributes',
) {
  const { events = [] } = await handle.fetchHistory();
  return events?.filter((event) => event[kind]).length;
}

describe('a wave and its maintenance window', () => {
  it('nothing is asked and nothing is waited for where there is none', async () => {
    const handle = await start('waves', [{}, [0, 0, 0]]);
    expect(await handle.result()).toBe('went on');
    expect(await count(handle, 'activityTaskScheduledEventAttributes')).toBe(0);
    expect(await count(handle, 'timerStartedEventAttributes')).toBe(0);
    expect(asked).toEqual([]);
  });

  it('waits until it opens, says so, and asks again only when it has closed', async () => {
    states = [opensIn(1_500), openFor(1_000), openFor(HOUR)];
    const handle = await start('waves', [{ windows }, [0, 0, 0, 1_200, 0]]);
    await expect.poll(() => waitingFor(handle)).toMatch(/^the maintenance window that opens at 20\S+Z \(outside\)$/);
    expect(await handle.result()).toBe('went on');
    expect(states, 'three waves in the first window, two in the second').toEqual([]);
    expect(asked).toHaveLength(3);
    // Of the wait, and of the pause between two waves.
    expect(await count(handle, 'timerStartedEventAttributes')).toBe(2);
  });

  it.each(['abort', 'rollback'] as const)('%s ends the wait', async (word) => {
    states = [opensIn(HOUR)];
    const handle = await start('waves', [{ windows }, [0]]);
    await expect.poll(() => waitingFor(handle)).toMatch(/^the maintenance window/);
    await say(handle, word);
    expect(await handle.result()).toBe(word);
  });

  it('one that never opens again is for a person', async () => {
    states = [() => ({ open: false, why: 'frozen, for ever' })];
    const handle = await start('waves', [{ freeze: [{ from: '2026-01-01', to: '9999-12-31', timeZone: 'UTC' }] }, [0]]);
    await expect
      .poll(() => waitingFor(handle))
      .toBe('a person: no maintenance window opens again (frozen, for ever); abort or roll back');
    await say(handle, 'abort');
    expect(await handle.result()).toBe('abort');
    expect(await count(handle, 'timerStartedEventAttributes')).toBe(0);
  });

  it('a pause that outlasts it is followed by the next one', async () => {
    states = [opensIn(1_000), opensIn(500), openFor(HOUR)];
    const handle = await start('waves', [{ windows }, [0]]);
    await expect.poll(() => waitingFor(handle)).toMatch(/^the maintenance window/);
    await say(handle, 'pause');
    await expect.poll(() => handle.query<Progress>('progress')).toMatchObject({ steps: [{ result: 'done' }] });
    expect(asked, 'nothing is asked while it is paused').toHaveLength(1);
    await say(handle, 'resume');
    expect(await handle.result()).toBe('went on');
    expect(asked).toHaveLength(3);
  });
});

describe('a wave and firing alerts', () => {
  const gate: AlertGate = { url: 'https://x', names: ['a'], onUnreachable: 'firing', patienceMs: HOUR };

  it.each(['abort', 'rollback'] as const)('%s is not kept waiting by them', async (word) => {
    const handle = await start('alerts', [{ alerts: gate }]);
    await expect.poll(() => waitingFor(handle)).toBe('Look whether an alert is firing');
    await say(handle, word);
    expect(await handle.result()).toBe(word);
    await expect.poll(() => cancelled).toBe(1);
    expect(await handle.query<Progress>('progress')).toMatchObject({ steps: [{ result: 'cancelled' }] });
  });

  it('nothing is asked where the plan has none', async () => {
    const handle = await start('alerts', [{}]);
    expect(await handle.result()).toBe('went on');
    expect(await count(handle, 'activityTaskScheduledEventAttributes')).toBe(0);
  });
});
