import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AlertGate, AlertVerdict } from '../../src/model/alerts.ts';
import type { DriftItem, HealthReport } from '../../src/model/health.ts';
import type { MaintenanceWindow, WindowState } from '../../src/model/maintenance.ts';
import type { Progress } from '../../src/model/progress.ts';
import type { Report } from '../../src/model/report.ts';
import type { HealthComparison, MigrationSteps } from '../../src/model/steps.ts';
import { plan } from '../cli/fixtures.ts';
import { type TemporalWithWorker, temporalWithWorker } from '../support/temporal-with-worker.ts';

/** What the windows are at one time, made when it is asked for. */
let states: (() => WindowState)[] = [];
let asked: string[] = [];
let cancelled = 0;

/** What each comparison with the baseline gives, one after the other. */
let reports: Partial<HealthReport>[] = [];
let verdicts: AlertVerdict[] = [];
let baselines = 0;
let compared: HealthComparison[] = [];

const activities: Pick<MigrationSteps, 'maintenanceWindow' | 'awaitAlerts' | 'readBaseline' | 'compareHealth'> = {
  readBaseline: async () => {
    baselines += 1;
    return { takenAt: `baseline ${baselines}`, nodes: [], onNodes: [], counted: {} };
  },
  compareHealth: async (input) => {
    compared.push(input);
    const report = reports.shift() ?? {};
    const { worse = [], drift = [] } = report;
    return { healthy: worse.length + drift.length === 0, worse, worseCount: worse.length, drift, lookedForMs: 0 };
  },
  maintenanceWindow: async ({ at }) => {
    asked.push(at);
    const next = states.shift();
    if (!next) throw new Error('asked once more than expected');
    return next();
  },
  awaitAlerts: async () => {
    const verdict = verdicts.shift();
    if (verdict) return verdict;
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

let server: TemporalWithWorker;
let client: Client;

beforeAll(async () => {
  const logger = new DefaultLogger('ERROR');
  const workflowsPath = join(import.meta.dirname, 'support', 'gates.ts');
  const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger });
  server = await temporalWithWorker({ taskQueue: 'gates', activities, workflowBundle });
  client = server.client;
});
afterAll(() => server.stop());
beforeEach(() => {
  states = [];
  asked = [];
  cancelled = 0;
  reports = [];
  verdicts = [];
  baselines = 0;
  compared = [];
});

function start(workflow: 'waves' | 'alerts' | 'between', args: unknown[]): Promise<WorkflowHandle> {
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

describe('between two waves', () => {
  const worse = [{ object: 'Node node-07', node: 'node-07', why: 'NotReady' }];
  const drift: DriftItem[] = [
    {
      kind: 'config-map-reverted',
      object: 'ConfigMap kube-system/kube-proxy',
      what: 'is not what this run left there',
      by: { manager: 'argocd-controller', operation: 'Apply', at: '2026-11-25T12:00:00Z' },
    },
  ];
  const of = (onFailure: 'rollback' | 'pause', more = {}) => ({
    ...plan,
    kubeProxy: { ...plan.kubeProxy, onFailure },
    ...more,
  });
  const gate: AlertGate = { url: 'https://x', names: ['a'], onUnreachable: 'firing', patienceMs: 1 };
  const firing: AlertVerdict = { clear: false, firing: [{ name: 'NodeNotReady', labels: 'node=a' }], count: 1 };
  const held = (handle: WorkflowHandle) => expect.poll(() => handle.query<Progress>('progress'));
  const remarks = async (handle: WorkflowHandle) => (await handle.query<Report>('report')).remarks;

  it('all goes on where all is well, and the baseline is read once', async () => {
    const handle = await start('between', [of('rollback'), 3]);
    expect(await handle.result()).toBe('went on');
    expect(baselines).toBe(1);
    expect(compared).toHaveLength(3);
    expect(compared[2]).toMatchObject({
      baseline: { takenAt: 'baseline 1' },
      calicoNamespace: 'calico-system',
      configHash: plan.kubeProxy.configAfter,
      ignoredNodes: [],
    });
  });

  it('what is worse fails the run where the plan says rollback', async () => {
    reports = [{ worse }];
    const handle = await start('between', [of('rollback'), 1, ['node-07']]);
    await expect(handle.result()).rejects.toMatchObject({
      cause: { type: 'Unhealthy', message: 'The cluster is worse than before the run: Node node-07: NotReady' },
    });
  });

  it('what is worse is for a person where the plan says pause, who may take it as it is', async () => {
    reports = [{ worse }];
    const handle = await start('between', [of('pause'), 1, ['node-07']]);
    await held(handle).toMatchObject({ paused: true });
    expect(await remarks(handle)).toEqual(['Held: The cluster is worse than before the run: Node node-07: NotReady.']);
    await say(handle, 'resume');
    expect(await handle.result()).toBe('went on');
    expect(compared[1]?.baseline.takenAt).toBe('baseline 2');
  });

  it('a node that the run has not come to yet is no work of it, and is not looked at again', async () => {
    reports = [{ worse }];
    const handle = await start('between', [of('rollback'), 2, []]);
    expect(await handle.result()).toBe('went on');
    expect(compared[1]?.ignoredNodes).toEqual(['node-07']);
  });

  it('what somebody else has changed is for a person whatever the plan says, and named', async () => {
    reports = [{ drift }];
    const handle = await start('between', [of('rollback'), 1]);
    await held(handle).toMatchObject({ paused: true });
    expect(await remarks(handle)).toEqual([
      'Held: ConfigMap kube-system/kube-proxy is not what this run left there (last written by argocd-controller, Apply, at 2026-11-25T12:00:00Z).',
    ]);
    await say(handle, 'rollback');
    expect(await handle.result()).toBe('rollback');
  });

  it('an alert that goes on firing fails the run, or is for a person, as the plan says', async () => {
    verdicts = [firing];
    const failing = await start('between', [of('rollback', { alerts: gate }), 1]);
    await expect(failing.result()).rejects.toMatchObject({
      cause: { type: 'Unhealthy', message: 'No wave can start: firing: NodeNotReady (node=a)' },
    });
    verdicts = [firing];
    const handle = await start('between', [of('pause', { alerts: gate }), 1]);
    await held(handle).toMatchObject({ paused: true });
    await say(handle, 'resume');
    expect(await handle.result()).toBe('went on');
  });

  it('a Prometheus that is ignored is told of once', async () => {
    const ignored: AlertVerdict = { clear: true, firing: [], count: 0, unreachable: 'it answered 500' };
    verdicts = [ignored, ignored];
    const handle = await start('between', [of('rollback', { alerts: gate }), 2]);
    expect(await handle.result()).toBe('went on');
    expect(await remarks(handle)).toEqual([
      'Prometheus cannot be asked for alerts: it answered 500; ignored, as clusters.yaml says.',
    ]);
  });

  it('alerts that outlast the window are followed by the wait for the next one', async () => {
    states = [openFor(500), opensIn(300), openFor(HOUR)];
    verdicts = [firing, { clear: true, firing: [], count: 0 }];
    const handle = await start('between', [of('pause', { alerts: gate, windows }), 1]);
    await held(handle).toMatchObject({ paused: true });
    await expect.poll(() => Date.now()).toBeGreaterThan(Date.parse(asked[0] ?? '') + 1_000);
    await say(handle, 'resume');
    expect(await handle.result()).toBe('went on');
    expect(asked).toHaveLength(3);
    expect(verdicts).toEqual([]);
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
