import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { type PlainObject, readObject } from '../../src/cluster/objects.ts';
import { kubeProxyConfigMap } from '../../src/cluster/refs.ts';
import { checkDocumentSchema } from '../../src/model/check-document.ts';
import { planHashSchema, planSchema } from '../../src/model/plan.ts';
import { workflowIdOf } from '../../src/model/request.ts';
import { workerUser } from '../../src/rehearsal/worker-access.ts';
import type { migrateCluster } from '../../src/workflows/migrate-cluster.ts';
import { runCli } from '../cli/support/run-cli.ts';
import { asAdmin } from './support/objects.ts';
import { REQUESTER, type Rehearsal, Run, rehearse } from './support/rehearse.ts';

const dryRunSchema = z.strictObject({
  dryRun: z.literal(true),
  verdict: z.enum(['ready', 'nothing-to-do']),
  planHash: planHashSchema.optional(),
  plan: planSchema,
});
const blockedSchema = z.strictObject({
  dryRun: z.literal(true),
  verdict: z.literal('blocked'),
  check: checkDocumentSchema,
});

const hasKubectl = await promisify(execFile)('kubectl', ['version', '--client']).then(
  () => true,
  () => false,
);

/** The command line on the machine of somebody who has the kubeconfig, and no Temporal unless it is given. */
const cli = ({ clustersFile }: Rehearsal, args: string[], env: NodeJS.ProcessEnv = {}) =>
  runCli(args, { TEMPORAL_ADDRESS: '127.0.0.1:1', PROXYSHIFT_CLUSTERS: clustersFile, ...env });

/** kube-proxy has been told to leave the virtual servers of others alone, which nftables mode does not do: PXS014. */
async function excludeCIDRs({ cluster }: Rehearsal): Promise<void> {
  const admin = await asAdmin(cluster);
  onTestFinished(() => admin.kubeConfig.close());
  const found: (PlainObject & { data?: unknown }) | undefined = await readObject(admin, kubeProxyConfigMap);
  const data = z.record(z.string(), z.string()).parse(found?.data);
  const edited = data['config.conf']?.replace(/excludeCIDRs: .*/, 'excludeCIDRs: ["192.0.2.0/24"]');
  expect(edited).not.toBe(data['config.conf']);
  await admin.core.patchNamespacedConfigMap({
    namespace: 'kube-system',
    name: 'kube-proxy',
    body: [{ op: 'replace', path: '/data/config.conf', value: edited }],
  });
}

async function expectNothingWritten({ cluster }: Rehearsal): Promise<void> {
  expect(await cluster.auditWrites(workerUser)).toEqual([]);
}

describe('without Temporal', () => {
  it('a healthy cluster can be migrated: check and plan say so, and write nothing', async () => {
    const rehearsal = await rehearse({ worker: false });
    const { name, uid } = rehearsal.cluster;
    const ended = await cli(rehearsal, ['check', name, '-o', 'json']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const checked = checkDocumentSchema.parse(JSON.parse(ended.stdout));
    expect(checked).toMatchObject({ cluster: name, uid, source: 'cluster', success: true, exitCode: 0 });
    expect(checked.counts).toMatchObject({ blocker: 0, unknown: 0, skipped: 0 });

    const { stdout, code } = await cli(rehearsal, ['check', name]);
    expect(stdout).toMatch(/^√ PXS012 kube-proxy is seen in ipvs/m);
    expect(code).toBe(0);

    const table = await cli(rehearsal, ['plan', name, '--dry-run']);
    expect(table).toMatchObject({ code: 0, stderr: '' });
    expect(table.stdout).toContain(`To begin: proxyshift start ${name}`);
    const markdown = await cli(rehearsal, ['plan', name, '--dry-run', '-o', 'markdown']);
    const hash = /plan hash ([0-9a-f]{64})/.exec(table.stdout)?.[1];
    expect(markdown.stdout).toContain(`- **Plan hash**: \`${hash}\``);
    await expectNothingWritten(rehearsal);
  });

  it('a node with an old kernel: both exit with 1 and name it, and it cannot be ignored', async () => {
    const rehearsal = await rehearse({ scenario: 'old-kernel', calico: 'none', worker: false });
    const { name } = rehearsal.cluster;
    for (const args of [
      ['check', name],
      ['plan', name, '--dry-run'],
    ]) {
      const { code, stdout } = await cli(rehearsal, args);
      expect(stdout).toMatch(/^× PXS003 /m);
      expect(stdout).toMatch(/Status check results are × {2}1 blocker/);
      expect(code).toBe(1);
    }
    const { stdout, code } = await cli(rehearsal, ['plan', name, '--dry-run', '-o', 'json']);
    expect(blockedSchema.parse(JSON.parse(stdout)).check).toMatchObject({ success: false, counts: { blocker: 1 } });
    expect(code).toBe(1);
    const ignored = await cli(rehearsal, ['plan', name, '--dry-run', '--ignore-checks', 'PXS003']);
    expect(ignored).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('cannot be ignored') });
  });

  it('a migrated cluster: there is nothing to do', async () => {
    const migrated = { kubeProxyMode: 'nftables', calico: 'none', worker: false } as const;
    const rehearsal = await rehearse(migrated);
    const { name } = rehearsal.cluster;
    const { code, stdout } = await cli(rehearsal, ['plan', name, '--dry-run']);
    expect(stdout).toBe(`${name}: nothing to do: every node and component is in nftables already\n`);
    expect(code).toBe(0);
    const { stdout: json } = await cli(rehearsal, ['plan', name, '--dry-run', '-o', 'json']);
    const planned = dryRunSchema.parse(JSON.parse(json));
    expect(planned.verdict).toBe('nothing-to-do');
    expect(planned.planHash).toBeUndefined();
  });

  it('a large cluster: kube-proxy is asked on a sample, which is said, or on all nodes', async () => {
    const rehearsal = await rehearse({ nodes: 103, calico: 'none', worker: false });
    const check = ['check', rehearsal.cluster.name, '--only', 'kube-proxy'];
    const documentOf = async (...more: string[]) =>
      checkDocumentSchema.parse(JSON.parse((await cli(rehearsal, [...check, '-o', 'json', ...more])).stdout));
    expect(await documentOf()).toMatchObject({ exitCode: 0, sampled: { nodes: 100, of: 103 } });
    const { stdout } = await cli(rehearsal, check);
    expect(stdout).toContain('kube-proxy and Felix were asked on 100 of 103 nodes; all of them: --all-nodes');
    const all = await documentOf('--all-nodes');
    expect(all.exitCode).toBe(0);
    expect(all.sampled).toBeUndefined();
  });

  it.skipIf(!hasKubectl)('the commands of --help make an export that can be checked as a whole', async () => {
    const rehearsal = await rehearse({ calicoVersion: '3.32', worker: false });
    const { stdout: help } = await runCli(['check', '--help']);
    const commands = help
      .slice(help.indexOf('An export for --from'))
      .split('\n')
      .filter((line) => line.startsWith('  '));
    const directory = dirname(rehearsal.clustersFile);
    const env = { ...process.env, KUBECONFIG: rehearsal.cluster.kubeconfigPath };
    await promisify(execFile)('sh', ['-ec', commands.join('\n')], { cwd: directory, env });

    const exported = await runCli(['check', '--from', join(directory, 'export'), '-o', 'json']);
    const checked = checkDocumentSchema.parse(JSON.parse(exported.stdout));
    const unknown = checked.categories.flatMap(({ checks }) => checks.filter(({ result }) => result === 'unknown'));
    expect(unknown).toEqual([]);
    expect(checked).toMatchObject({ uid: rehearsal.cluster.uid, source: 'export', exitCode: 0 });
    const ofCluster = await cli(rehearsal, ['check', rehearsal.cluster.name, '-o', 'json']);
    const live = checkDocumentSchema.parse(JSON.parse(ofCluster.stdout));
    const warnings = ({ categories }: typeof live) =>
      categories.flatMap(({ checks }) => checks.filter(({ result }) => result === 'warning').map(({ code }) => code));
    expect(warnings(checked)).toEqual(warnings(live));
  });

  it('another cluster, and one that does not answer: could not check', async () => {
    const rehearsal = await rehearse({ calico: 'none', nodes: 2, worker: false });
    const { name, uid, context, kubeconfigPath } = rehearsal.cluster;
    const written = async (file: string, entry: object) => {
      const path = join(dirname(rehearsal.clustersFile), file);
      await writeFile(path, JSON.stringify({ apiVersion: 'proxyshift.dev/v1', clusters: { [name]: entry } }));
      return path;
    };
    const other = { kubeconfig: kubeconfigPath, context, uid: '00000000-0000-0000-0000-000000000000' };
    const wrong = await cli(rehearsal, ['check', name, '--clusters', await written('other.yaml', other)]);
    expect(wrong).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('leads to another cluster') });

    const cluster = { name: 'c', cluster: { server: 'https://127.0.0.1:1' } };
    const nobody = {
      'current-context': '',
      clusters: [cluster],
      contexts: [{ name: 'n', context: { cluster: 'c', user: 'u' } }],
    };
    await writeFile(
      join(dirname(rehearsal.clustersFile), 'nobody.json'),
      JSON.stringify({ ...nobody, users: [{ name: 'u', user: { token: 't' } }] }),
    );
    const gone = await written('gone.yaml', { kubeconfig: 'nobody.json', context: 'n', uid });
    const silent = await cli(rehearsal, ['check', name, '--clusters', gone]);
    expect(silent).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^error: .*127\.0\.0\.1:1/) });
  });
});

describe('a dry run and a run make the same plan', () => {
  it('with the same hash, from different processes; and it reads the same as Markdown', async () => {
    const rehearsal = await rehearse();
    const { name } = rehearsal.cluster;
    const { stdout } = await cli(rehearsal, ['plan', name, '--dry-run', '-o', 'json']);
    const dry = dryRunSchema.parse(JSON.parse(stdout));
    const run = await rehearsal.start();
    expect(await run.offered()).toBe(dry.planHash);

    const withTemporal = { TEMPORAL_ADDRESS: inject('temporalAddress') };
    const ofRun = await cli(rehearsal, ['plan', name, '-o', 'markdown'], withTemporal);
    const ofDryRun = await cli(rehearsal, ['plan', name, '--dry-run', '-o', 'markdown']);
    expect(ofRun.code).toBe(0);
    expect(ofRun.stdout).toBe(ofDryRun.stdout);
    await run.say('reject');
    await run.ended();
  });

  it('and the checks that were set aside are in both', async () => {
    const rehearsal = await rehearse({ calico: 'none' });
    const { name } = rehearsal.cluster;
    await excludeCIDRs(rehearsal);
    expect((await cli(rehearsal, ['check', name, '-o', 'short'])).stdout).toMatch(/^× PXS014 /m);
    expect((await cli(rehearsal, ['plan', name, '--dry-run'])).code).toBe(1);

    const ignoring = ['--ignore-checks', 'PXS014'];
    const { stdout } = await cli(rehearsal, ['plan', name, '--dry-run', '-o', 'json', ...ignoring]);
    const dry = dryRunSchema.parse(JSON.parse(stdout));
    expect(dry.plan.ignoredChecks).toEqual(['PXS014']);

    const started = await cli(rehearsal, ['start', name, '--requester', REQUESTER, ...ignoring], {
      TEMPORAL_ADDRESS: inject('temporalAddress'),
    });
    expect(started.stdout).toContain('Blockers of PXS014 become warnings of the plan.');
    const run = new Run(rehearsal.client.workflow.getHandle<typeof migrateCluster>(workflowIdOf(name)));
    expect(await run.offered()).toBe(dry.planHash);
    await run.say('reject');
    const report = await run.ended();
    expect(report.plan?.ignoredChecks).toEqual(['PXS014']);

    const temporal = { TEMPORAL_ADDRESS: inject('temporalAddress') };
    const ticket = await cli(rehearsal, ['report', name, '-o', 'markdown'], temporal);
    expect(ticket.stdout).toContain(`- Checks set aside by ${REQUESTER}: PXS014`);
    expect(ticket.stdout).toContain('kubectl -n kube-system edit configmap kube-proxy');
  });
});
