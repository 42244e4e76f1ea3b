import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Webhook } from 'standardwebhooks';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type WebhookBody, webhookBodySchema } from '../../src/model/notification.ts';
import { resolveBinaries } from '../../src/rehearsal/binaries/resolve.ts';
import { answering, hanging, type ReceiverServer, startReceiver } from '../notifications/support/receiver-server.ts';
import { APPROVER, REQUESTER, type Run, rehearse } from './support/rehearse.ts';

const key = randomBytes(32).toString('base64');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxyshift-told-'));
  await writeFile(join(folder, 'key'), `whsec_${key}\n`);
});

async function receiver(): Promise<ReceiverServer> {
  const server = await startReceiver();
  onTestFinished(() => server[Symbol.asyncDispose]());
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return server;
}

/** What arrived, each once, as a receiver that drops duplicates has it. */
function story({ received }: ReceiverServer): WebhookBody[] {
  const first = new Map(received.toReversed().map((one) => [one.headers['webhook-id'], one]));
  return received
    .filter((one) => first.get(one.headers['webhook-id']) === one)
    .map(({ body }) => webhookBodySchema.parse(JSON.parse(body)));
}

const types = (bodies: readonly WebhookBody[]) => bodies.map(({ type }) => type.replace('proxyshift.', ''));

/** Everything that Temporal and the log of the worker have of a run. */
async function recordsOf(run: Run, clustersFile: string): Promise<string> {
  const directory = dirname(clustersFile);
  const logs = (await readdir(directory)).filter((name) => name.endsWith('.log'));
  const texts = await Promise.all(logs.map((name) => readFile(join(directory, name), 'utf8')));
  // Payloads are base64 in the JSON of a history.
  const history = historyToJSON(await run.handle.fetchHistory());
  const payloads = [...history.matchAll(/"data": ?"([A-Za-z0-9+/=]+)"/g)].map(([, data = '']) =>
    Buffer.from(data, 'base64').toString('utf8'),
  );
  return [...texts, history, ...payloads].join('\n');
}

describe('a run tells its story', () => {
  it('told of a migration with a gate', async () => {
    const [tickets, chat] = [await receiver(), await receiver()];
    await writeFile(join(folder, 'chat-url'), `${chat.url}/services/T0/B0/the-s3cret-of-the-address\n`);
    tickets.answers.push(answering(503));
    const { cluster, clustersFile, start } = await rehearse({
      calico: 'none',
      nodes: 3,
      entry: { approval: { gates: ['plan', 'canary'] } },
      notifications: {
        tickets: { type: 'webhook', url: `${tickets.url}/hook`, secretFile: join(folder, 'key') },
        chat: { type: 'slack', urlFile: join(folder, 'chat-url'), events: ['approval-needed', 'done'] },
      },
    });
    const run = await start();
    await run.approve();
    const { planHash } = await run.until('the gate', ({ gate }) => gate === 'canary');
    await run.approve({ planHash: planHash ?? '', gate: 'canary' });
    const report = await run.ended();
    expect(report.outcome, JSON.stringify(report.failure)).toBe('migrated');
    expect(report.remarks.filter((remark) => remark.includes('could not be told'))).toEqual([]);

    const told = story(tickets);
    expect(types(told)).toEqual(['approval-needed', 'canary-done', 'approval-needed', 'done']);
    const [offered, , gate, done] = told.map(({ data }) => data);
    const { name } = cluster;
    expect(offered).toMatchObject({
      cluster: name,
      phase: 'approval',
      gate: 'plan',
      planHash: report.planHash,
      requester: REQUESTER,
      runId: report.runId,
      commands: [{ command: `proxyshift approve ${name}` }, { command: `proxyshift reject ${name}` }],
    });
    expect(gate).toMatchObject({ gate: 'canary', nodes: { done: 1, total: 3 } });
    expect(gate?.commands[0]?.command).toBe(`proxyshift approve ${name} --gate canary`);
    expect(done).toMatchObject({ phase: 'done', outcome: 'migrated', nodes: { done: 3, total: 3 } });

    const [first, again] = tickets.received;
    expect(again?.headers['webhook-id'], 'the first try failed').toBe(first?.headers['webhook-id']);
    for (const { headers, body } of tickets.received) {
      const signed = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
      expect(new Webhook(key).verify(body, signed)).toEqual(JSON.parse(body));
    }
    expect(chat.received).toHaveLength(3);
    expect(chat.received.map(({ body }) => JSON.parse(body).text)).toEqual([offered?.text, gate?.text, done?.text]);

    const records = await recordsOf(run, clustersFile);
    expect(records, 'the search finds what is there').toContain('approval-needed');
    for (const secret of [key, 'the-s3cret-of-the-address', tickets.url, chat.url])
      expect(records).not.toContain(secret);
  });

  it('of a pause by a person, of a failure, and of the way back', async () => {
    const pager = await receiver();
    const { cluster, start } = await rehearse({
      calico: 'none',
      nodes: 4,
      scenario: 'node-fails-late',
      entry: { rollout: { canarySoak: '3s' } },
      notifications: { pager: { type: 'webhook', url: pager.url } },
    });
    const run = await start();
    await run.approve();
    await run.until('the canary soak', ({ waitingFor }) => waitingFor.includes('soak'));
    await run.say('pause');
    await expect.poll(() => types(story(pager)), { timeout: 60_000 }).toContain('paused');
    await run.say('resume');
    const report = await run.ended();
    expect(report.outcome).toBe('rolled-back');
    const told = story(pager);
    expect(types(told)).toEqual(['approval-needed', 'paused', 'canary-done', 'failed', 'rolled-back']);
    const [, paused, , failed, last] = told.map(({ data }) => data);
    expect(paused).toMatchObject({
      by: APPROVER,
      commands: [{ command: `proxyshift resume ${cluster.name}` }, {}, {}],
    });
    expect(failed).toMatchObject({ phase: 'rollback', failure: report.failure?.message });
    expect(failed?.outcome).toBeUndefined();
    expect(last).toMatchObject({ outcome: 'rolled-back', failure: report.failure?.message });
  });

  it('of a cluster that cannot be migrated', async () => {
    const pager = await receiver();
    const notifications = { pager: { type: 'webhook', url: pager.url, events: ['failed'] } };
    const { start } = await rehearse({ calico: 'none', nodes: 3, scenario: 'old-kernel', notifications });
    expect((await (await start()).ended()).outcome).toBe('blocked');
    expect(story(pager)).toMatchObject([
      { type: 'proxyshift.failed', data: { outcome: 'blocked', failure: expect.stringContaining('PXS003') } },
    ]);
  });
});

describe('in the cluster', () => {
  const notifications = { inside: { type: 'events' } };

  it('kubectl describe tells the story of kube-proxy, of Calico and of a node, with the role of deploy/rbac.yaml', async () => {
    const { cluster, start } = await rehearse({ nodes: 3, also: ['events'], notifications });
    const run = await start();
    await run.approve();
    const report = await run.ended();
    expect(report.outcome, JSON.stringify(report.failure)).toBe('migrated');
    expect(report.remarks.filter((remark) => remark.includes('could not be told'))).toEqual([]);

    const { kubectl } = await resolveBinaries(['kubectl']);
    const describeObject = async (...words: string[]) => {
      const way = ['--kubeconfig', cluster.kubeconfigPath, '--context', cluster.context];
      const { stdout } = await promisify(execFile)(kubectl, [...way, 'describe', ...words]);
      return stdout.slice(stdout.lastIndexOf('\nEvents:'));
    };
    const ofProxy = await describeObject('daemonset', 'kube-proxy', '-n', 'kube-system');
    expect(ofProxy).toMatch(/Normal +ApprovalNeeded .* proxyshift +\S+ waits for the approval of plan/);
    expect(ofProxy).toMatch(/Normal +CanaryDone .* proxyshift /);
    expect(ofProxy).toMatch(/Normal +Done .* proxyshift .* has ended as migrated/);
    const { canary } = report.plan?.kubeProxy ?? {};
    expect(await describeObject('node', canary?.node ?? '')).toMatch(/Normal +CanaryDone .* proxyshift /);
    expect(await describeObject('installation', 'default')).toMatch(/Normal +Done .* proxyshift /);
  });

  it('without that role nothing else is different, and the report says it', async () => {
    const { start } = await rehearse({ calico: 'none', nodes: 2, notifications });
    const run = await start();
    await run.offered();
    await run.say('reject');
    const report = await run.ended();
    expect(report.outcome).toBe('rejected');
    expect(report.remarks).toEqual([
      expect.stringMatching(/^inside could not be told of approval-needed: Not allowed to create/),
      expect.stringMatching(/^inside could not be told of done: Not allowed to create/),
    ]);
  });
});

it('a receiver that never answers delays no step and fails no run: the others hear of the end before its first try is over', async () => {
  const [silent, pager] = [await receiver(), await receiver()];
  for (let index = 0; index < 20; index += 1) silent.answers.push(hanging);
  const { start } = await rehearse({
    calico: 'none',
    nodes: 2,
    notifications: {
      silent: { type: 'webhook', url: silent.url, timeout: '30s' },
      pager: { type: 'webhook', url: pager.url },
    },
  });
  const run = await start();
  await run.approve();
  await expect.poll(() => types(story(pager)), { timeout: 120_000 }).toContain('done');
  expect(new Set(types(story(silent))), 'still at the first').toEqual(new Set(['approval-needed']));
  const report = await run.ended();
  expect(report.outcome).toBe('migrated');
  expect(types(story(pager))).toEqual(['approval-needed', 'canary-done', 'done']);
  expect(report.remarks.filter((remark) => remark.startsWith('silent could not be told of '))).toHaveLength(3);
});
