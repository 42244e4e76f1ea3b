import { execFile } from 'node:child_process';
import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSteps } from '../../src/activities/create.ts';
import { hashPlan } from '../../src/checks/plan/hash-plan.ts';
import { connectTemporal } from '../../src/cli/temporal/connect.ts';
import type { ClustersFile } from '../../src/cluster/clusters-file.ts';
import { nodesOf } from '../../src/model/plan-nodes.ts';
import { groupProofs } from '../../src/model/proof-groups.ts';
import type { MigrationSteps } from '../../src/model/steps.ts';
import { temporalLogger } from '../../src/worker/log.ts';
import { loadWorkflowBundle } from '../../src/worker/workflow-bundle.ts';
import { approval as onlyNamed, rollout } from '../fixtures/cluster-entry.ts';
import { keyRing } from '../signing/keys.ts';
import { type TemporalWithWorker, temporalWithWorker } from '../support/temporal-with-worker.ts';
import { plan, planHash, proof } from './fixtures.ts';

const starter = join(import.meta.dirname, '../../src/starter.ts');
const nodes = groupProofs(nodesOf(plan).map(({ name }) => proof(name, 'nftables')));

/** Path of the list that the worker verifies signed approvals by. */
let allowedSigners: string;

/** The plan of a cluster that has people sign. */
function planToSign(cluster: string): typeof plan {
  const approval = { ...plan.approval, approvers: [], count: cluster === 'signed' ? 2 : 1, require: 'signed' as const };
  return { ...plan, cluster: { ...plan.cluster, name: cluster }, soakMs: 10, approval };
}

/** What the preflights of cluster `expiring` wait for, one after the other. */
const expiringChecks: Promise<void>[] = [];

/** clusters.yaml of the worker. */
function clustersWith(list: string): ClustersFile {
  const approval = { ...onlyNamed, count: 2, require: 'signed' as const, allowedSigners: list };
  const { uid } = plan.cluster;
  const entry = { kubeconfig: '', context: '', uid, approval, rollout, calico: { timeoutMs: 1 } };
  return { path: '', clusters: ['signed', 'expiring', 'swapped'].map((name) => ({ name, ...entry })) };
}

/** Steps that always succeed: what a person sees is tested here, what a cluster sees in test/e2e. */
const steps: MigrationSteps = {
  preflight: async ({ cluster }) => {
    const itself = { ...plan, cluster: { ...plan.cluster, name: cluster }, soakMs: 10 };
    if (['signed', 'expiring', 'swapped'].includes(cluster)) {
      if (cluster === 'expiring') await expiringChecks.shift();
      const toSign = planToSign(cluster);
      // Of `swapped` another plan is shown than the one that would be signed.
      const hash = cluster === 'swapped' ? planHash : hashPlan(toSign);
      return { verdict: 'ready', findings: plan.findings, plan: toSign, hash };
    }
    if (cluster === 'old') {
      const finding = { code: 'PXS003', severity: 'blocker' as const, message: 'a kernel is too old', objects: [] };
      return { verdict: 'blocked', findings: [finding] };
    }
    return { verdict: 'ready', findings: plan.findings, plan: itself, hash: planHash };
  },
  notify: async () => undefined,
  installProbe: async () => ({ nodes: 0, without: [] }),
  lookAtProbe: async () => ({ groups: [], silent: [] }),
  removeProbe: async () => undefined,
  verifyApproval: (input) => createSteps({ clusters: async () => clustersWith(allowedSigners) }).verifyApproval(input),
  maintenanceWindow: async () => ({ open: true }),
  awaitAlerts: async () => ({ clear: true, firing: [], count: 0 }),
  readBaseline: async () => ({ takenAt: new Date().toISOString(), nodes: [], onNodes: [], counted: {} }),
  compareHealth: async () => ({ healthy: true, worse: [], worseCount: 0, drift: [], lookedForMs: 0 }),
  acquireLock: async () => ({}),
  preflightRollback: async () => {
    throw new Error('no rollback is asked for here');
  },
  releaseLock: async () => undefined,
  saveSnapshot: async () => ({ namespace: 'kube-system', name: 'snapshot', hash: 'c'.repeat(64) }),
  writeProxyConfig: async () => undefined,
  restartWave: async ({ nodes: wave, mode }) => ({
    proofs: groupProofs(wave.map((node) => proof(node, mode))),
    failed: [],
    notReady: [],
    gone: [],
  }),
  clearStandbys: async () => ({ kept: [], notReady: [] }),
  restartDaemonSet: async () => undefined,
  restoreDaemonSet: async () => undefined,
  findNodesToRestart: async () => [],
  verifyNodes: async () => ({ nodes: 4, proofs: nodes, notReady: [] }),
  switchCalico: async () => undefined,
  awaitCalico: async () => [],
  setCalicoCanary: async () => undefined,
  unsetCalicoCanary: async () => undefined,
  awaitFelixOn: async () => [],
  writeOriginalMode: async () => undefined,
  restoreProxyConfig: async () => undefined,
  restoreCalico: async () => undefined,
  verifyRestored: async () => ({ nodes: 0, proofs: [], notReady: [], felix: [] }),
  observeNodes: async () => nodes,
  readBootIds: async () => ({}),
  findNotRestarted: async () => [],
  whyNotDone: async () => null,
  switchToEbpf: async () => undefined,
  awaitEbpf: async () => [],
  leaveEbpf: async () => undefined,
  awaitOutOfEbpf: async () => [],
  restoreInstallation: async () => undefined,
};

let server: TemporalWithWorker;

beforeAll(async () => {
  const workflowBundle = await loadWorkflowBundle(temporalLogger(pino({ level: 'silent' })));
  server = await temporalWithWorker({ taskQueue: 'proxyshift', activities: steps, workflowBundle });
});

afterAll(() => server.stop());

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

function proxyshift(...args: string[]): Promise<Ended> {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, TEMPORAL_ADDRESS: server.temporal.address, PROXYSHIFT_UI_URL: server.temporal.uiUrl };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [starter, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
    });
    child.stdin?.end();
  });
}

const start = (cluster: string, ...more: string[]) => proxyshift('start', cluster, '--requester', 'ada', ...more);

/** Until the plan is on offer: Temporal has nothing to watch for queries. */
async function offered(cluster: string): Promise<void> {
  await using client = await connectTemporal({ address: server.temporal.address });
  const handle = client.client.workflow.getHandle(`proxyshift/${cluster}`);
  await expect.poll(() => handle.query('progress'), { timeout: 20_000 }).toMatchObject({ phase: 'approval' });
}

describe('from the start to the report', () => {
  it('says what was started, where to look, and what comes next', async () => {
    const { code, stdout } = await start('prod-1');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Started proxyshift\/prod-1, run [0-9a-f-]{36}, asked for by ada\.$/m);
    expect(stdout).toContain(`${server.temporal.uiUrl}/namespaces/default/workflows/proxyshift%2Fprod-1/`);
    expect(stdout).toContain('proxyshift status prod-1 --watch');
    await offered('prod-1');
  });

  it('refuses a second start, and says who asked for the first', async () => {
    const { code, stderr } = await start('prod-1');
    expect(stderr).toMatch(/A run is open on prod-1 since 20\S+Z, asked for by ada; there can be only one\./);
    expect(stderr).toContain('proxyshift status prod-1');
    expect(code).toBe(2);
  });

  it('shows where it is, and the plan', async () => {
    const status = await proxyshift('status', 'prod-1');
    expect(status).toMatchObject({ code: 0, stderr: '' });
    expect(status.stdout).toContain('waiting for approval of plan 0123456789ab');
    const shown = await proxyshift('plan', 'prod-1');
    expect(shown.stdout).toContain('+mode: nftables');
    const { stdout } = await proxyshift('plan', 'prod-1', '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ planHash, plan: { target: 'nftables' } });
  });

  it('does not guess which plan is approved where it cannot ask', async () => {
    const { code, stderr } = await proxyshift('approve', 'prod-1', '--as', 'grace');
    expect(stderr).toContain(`--plan-hash ${planHash}`);
    expect(code).toBe(2);
  });

  it.each([
    [
      'another plan',
      ['--plan-hash', 'f'.repeat(64), '--as', 'grace'],
      1,
      /planHash ffffffffffff… is not the plan on offer/,
    ],
    [
      'the first digits of another plan',
      ['--plan-hash', 'f'.repeat(12), '--as', 'grace'],
      2,
      /The plan on offer is not ffffffffffff…/,
    ],
    ['the requester', ['--plan-hash', planHash, '--as', 'Ada'], 1, /refused: Ada asked for this run/],
    [
      'somebody who may not',
      ['--plan-hash', planHash, '--as', 'mallory'],
      1,
      /not an approver of this cluster \(approvers: grace\)/,
    ],
  ])('does not take an approval: %s', async (_name, args, code, reason) => {
    const ended = await proxyshift('approve', 'prod-1', ...args);
    expect(ended.stderr).toMatch(reason);
    expect(ended).toMatchObject({ code, stdout: '' });
  });

  it('says why a message does not fit', async () => {
    expect(await proxyshift('resume', 'prod-1', '--as', 'grace')).toMatchObject({
      code: 1,
      stderr: 'refused: the run is not paused\n',
    });
    const { code, stdout } = await proxyshift('pause', 'prod-1', '--as', 'grace', '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ accepted: false });
    expect(code).toBe(1);
  });

  it('goes on after an approval, and a watch ends with the outcome', async () => {
    const approved = await proxyshift(
      'approve',
      'prod-1',
      '--plan-hash',
      planHash.slice(0, 12),
      '--as',
      'grace',
      '--comment',
      'CHG-1',
    );
    expect(approved).toMatchObject({ code: 0, stdout: 'prod-1: approved: the run begins\n' });
    const { code, stdout } = await proxyshift('status', 'prod-1', '--watch');
    expect(code).toBe(0);
    expect(stdout).toMatch(/✔ Restart kube-proxy on node-01 \(canary\)/);
    expect(stdout).toMatch(/^migrated {2}prod-1: every node/m);
    expect(stdout).not.toContain('\u001b[');
  });

  it('keeps the report of the latest run, and of one that is named', async () => {
    const table = await proxyshift('report', 'prod-1');
    expect(table.stdout).toMatch(/^migrated {2}prod-1/);
    expect(table.stdout).toContain('grace: approve (“CHG-1”)');
    const { stdout } = await proxyshift('report', 'prod-1', '-o', 'json');
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ outcome: 'migrated', requester: 'ada', planHash });
    const again = await proxyshift('report', 'prod-1', '--run-id', report.runId, '-o', 'markdown');
    expect(again.stdout).toMatch(/^# proxyshift: prod-1: migrated/);
    await using directory = await mkdtempDisposable(join(tmpdir(), 'report-'));
    const file = join(directory.path, 'prod-1.html');
    const written = await proxyshift('report', 'prod-1', '--out', file);
    expect(written).toEqual({
      code: 0,
      stdout: '',
      stderr: `Report of run ${report.runId} written to ${file} (html).\n`,
    });
    expect(await readFile(file, 'utf8')).toMatch(/^<!doctype html>[\s\S]*<h1>prod-1: [\s\S]*migrated/);
  });

  it('takes no message after the end', async () => {
    const { code, stderr } = await proxyshift('abort', 'prod-1', '--as', 'grace');
    expect(stderr).toContain('There is no run on cluster "prod-1", or it has ended.');
    expect(code).toBe(2);
  });
});

describe('exit codes of a command that waits', () => {
  it('blocked is 1, with one JSON document', async () => {
    const { code, stdout } = await start('old', '--wait', '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({
      cluster: 'old',
      outcome: 'blocked',
      report: { findings: [{ code: 'PXS003' }] },
    });
    expect(code).toBe(1);
  });

  it('rejected is 4', async () => {
    await start('prod-2');
    await offered('prod-2');
    const watching = proxyshift('status', 'prod-2', '--watch', '-o', 'json');
    expect(await proxyshift('reject', 'prod-2', '--as', 'grace')).toMatchObject({ code: 0 });
    const { code, stdout } = await watching;
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'rejected' });
    expect(code).toBe(4);
  });
});

it('where signatures are required: asked for one, refused with the reason, and counted', async () => {
  const ring = await keyRing();
  const [grace, lin, stranger] = [await ring.key('grace'), await ring.key('lin'), await ring.key('stranger')];
  allowedSigners = await ring.list(`grace ${grace.publicKey}`, `lin ${lin.publicKey}`);
  await start('signed');
  await offered('signed');
  expect((await proxyshift('plan', 'signed')).stdout.replace(/\s+/g, ' ')).toContain(
    '2 different people who did not ask for the run, signed with an SSH key each, within 1 day',
  );
  const approve = (as: string, ...more: string[]) =>
    proxyshift('approve', 'signed', '--plan-hash', hashPlan(planToSign('signed')), '--as', as, ...more);

  const unsigned = await approve('grace');
  expect(unsigned).toMatchObject({ code: 2, stdout: '' });
  expect(unsigned.stderr).toContain('signed requires signed approvals, and no key to sign with was named.');
  expect(unsigned.stderr).toContain('proxyshift approve signed --as grace --sign-with ~/.ssh/id_ed25519');
  const noKey = await approve('grace', '--sign-with', '/nowhere/key');
  expect(noKey).toMatchObject({ code: 2, stdout: '' });
  expect(noKey.stderr).toContain('Cannot sign with "/nowhere/key": there is no such file.');
  const tooLong = await approve('grace', '--sign-with', grace.path, '--expires', '169h');
  expect(tooLong).toMatchObject({ code: 2, stdout: '' });
  expect(tooLong.stderr).toContain('at most 168h');

  const forged = await approve('grace', '--sign-with', stranger.path);
  expect(forged).toMatchObject({ code: 1, stdout: '' });
  expect(forged.stderr).toMatch(
    /refused: the signature of grace was not accepted: .* does not accept key ED25519 SHA256/,
  );
  expect(await approve('grace', '--sign-with', grace.path, '--comment', 'CHG-1', '--expires', '8h')).toMatchObject({
    code: 0,
    stdout: 'signed: approved, and more have to: 1 of 2 approvals: grace\n',
  });
  expect((await proxyshift('status', 'signed')).stdout).toContain(
    `waiting for approval of plan ${hashPlan(planToSign('signed')).slice(0, 12)}, 1 of 2 approvals: grace`,
  );
  expect(await approve('lin', '--sign-with', lin.path)).toMatchObject({
    code: 0,
    stdout: 'signed: approved: the run begins\n',
  });
  expect(await proxyshift('status', 'signed', '--watch')).toMatchObject({ code: 0 });
  const report = await proxyshift('report', 'signed');
  expect(report.stdout).toContain(`grace: approve (“CHG-1”), signed with ED25519 ${grace.fingerprint}`);
  expect(report.stdout).toMatch(/refused approve: the signature of grace was not accepted/);
});

it('an approval that expires before the first write does not count: the plan is offered again', async () => {
  const ring = await keyRing();
  const lin = await ring.key('lin');
  allowedSigners = await ring.list(`lin ${lin.publicKey}`);
  const secondCheck = Promise.withResolvers<void>();
  expiringChecks.push(Promise.resolve(), secondCheck.promise);
  await start('expiring');
  await offered('expiring');
  const hash = hashPlan(planToSign('expiring'));
  const approve = (...more: string[]) =>
    proxyshift('approve', 'expiring', '--plan-hash', hash, '--as', 'lin', '--sign-with', lin.path, ...more);

  const first = await approve('--expires', '6s');
  expect(first).toMatchObject({ code: 0, stdout: 'expiring: approved: the run begins\n' });
  const [, expiresAt = ''] = /holds until (\S+)\./.exec(first.stderr) ?? [];
  expect((await proxyshift('status', 'expiring')).stdout).toContain('preflight');
  await delay(Date.parse(expiresAt) - Date.now() + 100);
  secondCheck.resolve();
  await offered('expiring');
  const { stdout } = await proxyshift('report', 'expiring', '-o', 'json');
  expect(JSON.parse(stdout)).toMatchObject({
    messages: [{ message: 'approve', by: 'lin' }],
    refused: [{ reason: `the approval of lin expired at ${expiresAt}, before the run had begun` }],
    remarks: [
      `An approval of plan ${hash.slice(0, 12)} expired before anything was written: the plan was offered anew.`,
    ],
  });
  expect(await approve()).toMatchObject({ code: 0 });
  expect(await proxyshift('status', 'expiring', '--watch')).toMatchObject({ code: 0 });
});

it('another plan than the one that is shown is not signed', async () => {
  const key = await (await keyRing()).key('lin');
  await start('swapped');
  await offered('swapped');
  const asked = await proxyshift(
    ...['approve', 'swapped', '--plan-hash', planHash, '--as', 'lin', '--sign-with', key.path],
  );
  expect(asked).toMatchObject({ code: 2, stdout: '' });
  expect(asked.stderr).toContain(
    `shows has the hash ${hashPlan(planToSign('swapped'))}, and ${planHash} was to be signed.`,
  );
});

it('a signature that nobody would verify is not made', async () => {
  await start('prod-5');
  await offered('prod-5');
  const ended = await proxyshift('approve', 'prod-5', '--plan-hash', planHash, '--as', 'grace', '--sign-with', 'any');
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.stderr).toContain('prod-5 takes approvals by name: nobody would verify the signature.');
});

describe('what is not there', () => {
  it.each(['status', 'report', 'plan'])('%s: no run', async (command) => {
    const { code, stderr } = await proxyshift(command, 'nowhere');
    expect(stderr).toContain('There is no run on cluster "nowhere"');
    expect(stderr).toContain('proxyshift start nowhere');
    expect(code).toBe(2);
  });

  it('a namespace', async () => {
    const { code, stderr } = await proxyshift('status', 'prod-1', '--namespace', 'gone');
    expect(stderr).toMatch(/has no namespace "gone"/);
    expect(code).toBe(2);
    expect((await start('prod-3', '--namespace', 'gone')).stderr).toMatch(/has no namespace "gone"/);
  });

  it('a worker: the run is safe, and the task queue is named', async () => {
    await start('prod-4', '--task-queue', 'nobody-polls');
    const { code, stderr } = await proxyshift('status', 'prod-4');
    expect(stderr).toContain('No worker answers on task queue "nobody-polls".');
    expect(stderr).toContain('proxyshift worker --task-queue nobody-polls');
    expect(code).toBe(2);
  });
});
