import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checks } from '../../src/checks/all.ts';
import { type CheckDocument, checkDocumentSchema } from '../../src/model/check-document.ts';
import { categories } from '../../src/model/check-result.ts';
import { type Ended, runCli } from './support/run-cli.ts';

const exportsFolder = join(import.meta.dirname, '../fixtures/exports');
const escapeCode = '\u001b[';
/** Nobody listens on port 1 (tcpmux) of a machine that runs tests. */
const noTemporal = { TEMPORAL_ADDRESS: '127.0.0.1:1' };

let folder = '';
/** kubeadm's objects, with the kinds that the export of a cluster without Services has as well. */
let complete = '';
/** kubeadm's objects with one node whose kernel is too old. */
let oldKernel = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxyshift-check-'));
  complete = join(folder, 'complete');
  await cp(join(exportsFolder, 'kubeadm'), complete, { recursive: true });
  for (const kind of ['apiservices', 'services', 'endpointslices']) await writeFile(join(complete, `${kind}.yaml`), '');
  oldKernel = join(folder, 'old-kernel');
  await cp(complete, oldKernel, { recursive: true });
  const nodes = await readFile(join(oldKernel, 'nodes.yaml'), 'utf8');
  await writeFile(join(oldKernel, 'nodes.yaml'), nodes.replace(/kernelVersion: .*/, 'kernelVersion: 4.18.0-553.el8'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const check = (...args: string[]) => runCli(['check', ...args], noTemporal, folder);
const checkExport = (platform: string, ...args: string[]) => check('--from', join(exportsFolder, platform), ...args);

function documentOf({ stdout, code }: Ended): CheckDocument {
  const parsed = checkDocumentSchema.parse(JSON.parse(stdout));
  expect(parsed.exitCode).toBe(code);
  return parsed;
}

function itemOf({ categories: all }: CheckDocument, code: string) {
  return all.flatMap((category) => category.checks).find((item) => item.code === code);
}

describe('check --from, without Temporal and without a cluster', () => {
  it('has all there is to know in one JSON document', async () => {
    const ended = await checkExport('kubeadm', '-o', 'json');
    expect(ended.stderr).toBe('');
    const checked = documentOf(ended);
    expect(checked).toMatchObject({ source: 'export', target: 'nftables', ignoredChecks: [] });
    expect(checked.uid).toMatch(/^[0-9a-f-]{36}$/);
    const made = checked.categories.flatMap((category) => category.checks.map(({ code }) => code));
    expect(made.toSorted()).toEqual(
      checks
        .filter(({ target = 'nftables', handover, probe }) => target === 'nftables' && !handover && !probe)
        .map(({ code }) => code)
        .toSorted(),
    );
    expect(Object.values(checked.counts).reduce((sum, count) => sum + count, 0)).toBe(made.length);
    expect(itemOf(checked, 'PXS003')).toMatchObject({ result: 'ok', saw: expect.stringContaining('3 nodes') });
    expect(itemOf(checked, 'PXS001')).toMatchObject({ result: 'skipped' });
  });

  it.each(['eks-addon', 'k3s', 'rke2', 'gke-dataplane-v2', 'talos-new', 'openshift-ovn'])(
    '%s: exits with 1, for kube-proxy is not where it could be changed',
    async (platform) => {
      const ended = await checkExport(platform, '-o', 'json');
      expect(documentOf(ended)).toMatchObject({ success: false, exitCode: 1 });
    },
  );

  it('exits with 0 where nothing is in the way', async () => {
    const { code, stdout } = await checkExport('kubeadm', '--only', 'nodes');
    expect(stdout).toContain('√ PXS003 Every Linux node has kernel 5.13 or newer  3 nodes');
    expect(stdout).toMatch(/\nStatus check results are √ {2}\d+ ok\n$/);
    expect(code).toBe(0);
  });

  it('exits with 1 for a blocker, and says what to do and where to read on', async () => {
    const { code, stdout } = await check('--from', oldKernel, '--only', 'nodes');
    expect(stdout).toMatch(/^× PXS003 Every Linux node has kernel 5\.13 or newer$/m);
    expect(stdout).toContain('(4.18.0-553.el8)');
    expect(stdout).toMatch(/^ {6}kubectl drain NODE --ignore-daemonsets$/m);
    expect(stdout).toContain('see docs/checks.md#pxs003-every-linux-node-has-kernel-513-or-newer');
    expect(stdout).toMatch(/\nStatus check results are × {2}1 blocker, \d+ ok\n$/);
    expect(code).toBe(1);
  });

  it('exits with 2 where all that is in the way is what could not be read', async () => {
    const { code, stdout } = await checkExport('kubeadm', '--only', 'services');
    expect(stdout).toContain('Not known: The export has no services');
    expect(stdout).toMatch(/^ {6}kubectl get services -A -o yaml > services\.yaml$/m);
    expect(stdout).toMatch(/Status check results are \? {2}\d+ unknown/);
    expect(code).toBe(2);
  });

  it('turns what is ignored into a warning, and says so everywhere', async () => {
    const ipvsOfOthers = join(folder, 'ipvs-of-others');
    await cp(complete, ipvsOfOthers, { recursive: true });
    const configMaps = await readFile(join(ipvsOfOthers, 'configmaps.yaml'), 'utf8');
    await writeFile(
      join(ipvsOfOthers, 'configmaps.yaml'),
      configMaps.replace(/^( +)excludeCIDRs: .*$/m, '$1excludeCIDRs: [192.0.2.0/24]'),
    );
    const args = ['--from', ipvsOfOthers, '--only', 'kube-proxy'];
    expect(itemOf(documentOf(await check(...args, '-o', 'json')), 'PXS014')).toMatchObject({ result: 'blocker' });

    const ignored = documentOf(await check(...args, '--ignore-checks', 'pxs014, PXS014', '-o', 'json'));
    expect(ignored).toMatchObject({ exitCode: 0, success: true, ignoredChecks: ['PXS014'] });
    expect(itemOf(ignored, 'PXS014')).toMatchObject({
      result: 'warning',
      findings: [{ severity: 'warning', ignored: true }],
    });
    for (const format of ['table', 'short', 'markdown']) {
      const { stdout } = await check(...args, '--ignore-checks', 'PXS014', '-o', format);
      expect(stdout, format).toMatch(/ignored|set aside/);
    }
  });

  it('makes the checks of eBPF only where that is the target', async () => {
    const ebpf = documentOf(await checkExport('kubeadm', '--target', 'ebpf', '-o', 'json'));
    expect(ebpf.target).toBe('ebpf');
    const made = new Set(ebpf.categories.flatMap((category) => category.checks.map(({ code }) => code)));
    expect(checks.filter(({ target, code }) => target === 'ebpf' && !made.has(code))).toEqual([]);
  });

  it('-o short: a line with the result, and one for each thing to do', async () => {
    const { stdout } = await check('--from', oldKernel, '--only', 'nodes', '-o', 'short');
    const [head = '', ...rest] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^× .*old-kernel to nftables: 1 blocker, \d+ ok$/);
    expect(rest).toEqual([expect.stringMatching(/^× PXS003 .*older: .* \(4\.18\.0-553\.el8\)$/)]);
  });

  it('-o markdown: what to do on top, every check below', async () => {
    const { stdout, code } = await check('--from', oldKernel, '-o', 'markdown');
    expect(stdout).toMatch(/^# Preflight checks: .* to nftables\n\n\*\*Blocked\*\*: /);
    expect(stdout).toContain('### PXS003 Every Linux node');
    expect(stdout).toContain('```sh\nkubectl drain NODE --ignore-daemonsets\n```');
    expect(stdout).toMatch(/^\| nodes \| PXS003 .* \| blocker \|/m);
    expect(code).toBe(1);
  });
});

describe('what a terminal can show', () => {
  const nodes = ['--only', 'nodes,services'];
  it.each<[string, string[], NodeJS.ProcessEnv]>([
    ['--ascii', ['--ascii'], { LANG: 'en_US.UTF-8' }],
    ['a locale without UTF-8', [], { LC_ALL: 'C', LANG: 'en_US.UTF-8' }],
  ])('%s: nothing but ASCII', async (_name, args, env) => {
    for (const format of ['table', 'short']) {
      const { stdout } = await runCli(['check', '--from', oldKernel, ...nodes, ...args, '-o', format], env);
      expect(stdout).toMatch(/^xx PXS003 /m);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what is asked is whether it is ASCII.
      expect(stdout).toMatch(/^[\x00-\x7f]*$/);
    }
  });

  it('no colours in a pipe or with NO_COLOR, and colours where they are forced', async () => {
    const args = ['check', '--from', oldKernel, ...nodes];
    expect((await runCli(args)).stdout).not.toContain(escapeCode);
    expect((await runCli(args, { FORCE_COLOR: '1', NO_COLOR: '1' })).stdout).not.toContain(escapeCode);
    const coloured = (await runCli(args, { FORCE_COLOR: '1' })).stdout;
    expect(coloured).toContain(`${escapeCode}31m×`);
    expect((await runCli([...args, '-o', 'markdown'], { FORCE_COLOR: '1' })).stdout).not.toContain(escapeCode);
  });
});

describe('an export of somebody else', () => {
  it('does not steer the terminal: control characters of its objects are not printed', async () => {
    const hostile = join(folder, 'hostile');
    await cp(oldKernel, hostile, { recursive: true });
    const nodes = await readFile(join(hostile, 'nodes.yaml'), 'utf8');
    await writeFile(
      join(hostile, 'nodes.yaml'),
      nodes.replace('4.18.0-553.el8', String.raw`"4.18.0\e]0;owned\a\e[2J"`),
    );
    for (const format of ['table', 'short', 'markdown']) {
      const { stdout } = await check('--from', hostile, '--only', 'nodes', '-o', format);
      expect(stdout).toContain('4.18.0\ufffd]0;owned\ufffd\ufffd[2J');
    }
    const { stdout } = await check('--from', hostile, '--only', 'nodes', '-o', 'json');
    expect(stdout).toContain(String.raw`4.18.0\u001b]0;owned`);
  });
});

describe('bad arguments end with 2, before anything is looked at', () => {
  it.each<[string, string[], RegExp]>([
    ['nothing to check', [], /No cluster is named, and no export\.\n {2}proxyshift check CLUSTER, or/],
    ['two things to check', ['prod-1', '--from', 'x'], /Both the cluster "prod-1" and the export "x" are named/],
    ['a clusters file for an export', ['--from', 'x', '--clusters', 'y'], /cannot be used with option '--clusters/],
    ['no clusters file', ['prod-1'], /clusters\.yaml" cannot be read \(ENOENT\)/],
    ['a folder that is not there', ['--from', 'gone'], /The export "gone" cannot be read \(ENOENT\)[\s\S]*kubectl get/],
    ['a folder without objects', ['--from', '.'], /has no \.yaml, \.yml or \.json file/],
    ['a category that there is not', ['--from', 'x', '--only', 'nodes,pods'], /--only "pods" is not[\s\S]*kube-proxy/],
    ['no category', ['--from', 'x', '--only', ','], /Expected one or more, separated by commas/],
    [
      'a category of another target',
      ['--from', 'x', '--only', 'ebpf'],
      /leaves no check to make for --target nftables/,
    ],
    [
      'a code that there is not',
      ['--from', 'x', '--ignore-checks', 'PXS999'],
      /There is no check "PXS999"[\s\S]*PXS001/,
    ],
    ['a code that is none', ['--from', 'x', '--ignore-checks', 'kernels'], /There is no check "KERNELS"/],
    ['a code that no run can do without', ['--from', 'x', '--ignore-checks', 'PXS003'], /PXS003 .* cannot be ignored/],
    ['a target that there is not', ['--from', 'x', '--target', 'iptables'], /Allowed choices are nftables, ebpf/],
    ['a format that there is not', ['--from', 'x', '-o', 'xml'], /Allowed choices are table, json, short, markdown/],
  ])('%s', async (_name, args, message) => {
    const { code, stdout, stderr } = await check(...args);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('plan and start take the same targets, and the plan of a run has its own', async () => {
    for (const args of [['plan', 'prod-1', '--dry-run'], ['start', 'prod-1', '--requester', 'ada'], ['rehearse']]) {
      const { code, stderr } = await runCli([...args, '--target', 'iptables'], noTemporal, folder);
      expect(stderr).toContain('Allowed choices are nftables, ebpf');
      expect(code).toBe(2);
    }
    const { stderr } = await runCli(['plan', 'prod-1', '--target', 'ebpf'], noTemporal, folder);
    expect(stderr).toContain('proxyshift start prod-1 --target ebpf');
  });

  it('plan and start know the codes as well, before they ask Temporal', async () => {
    for (const args of [
      ['plan', 'prod-1', '--dry-run'],
      ['start', 'prod-1', '--requester', 'ada'],
    ]) {
      const { code, stderr } = await runCli([...args, '--ignore-checks', 'PXS999'], noTemporal, folder);
      expect(stderr).toContain('There is no check "PXS999"');
      expect(code).toBe(2);
    }
    const { stderr } = await runCli(['plan', 'prod-1', '--ignore-checks', 'PXS014'], noTemporal, folder);
    expect(stderr).toContain('proxyshift start prod-1 --ignore-checks PXS014');
    const both = await runCli(['plan', 'prod-1', '--dry-run', '--run-id', 'x'], noTemporal, folder);
    expect(both.stderr).toContain("'--run-id <id>' cannot be used with option '--dry-run'");
  });
});

it('--only handover is refused where nobody asks for a stand-by: no check would be made', async () => {
  const ended = await checkExport('kubeadm', '--only', 'handover');
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.stderr).toContain('--only handover leaves no check to make');
  expect(ended.stderr).toContain('rollout.handover: make-before-break');
});

describe('check --help', () => {
  it('names every category, and how an export is made', async () => {
    const { stdout } = await runCli(['check', '--help']);
    const flat = stdout.replace(/\s+/g, ' ');
    expect(flat).toContain(`separated by commas: ${categories.join(', ')}`);
    for (const command of ['kubectl version -o yaml > version.yaml', 'apiservices', 'endpointslices', 'kubeadm-config'])
      expect(stdout).toContain(command);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});
