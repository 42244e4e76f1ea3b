import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, mkdtempDisposable, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import { rehearsalClustersYaml } from '../../src/cli/rehearse/clusters-yaml.ts';
import { uiLink } from '../../src/cli/temporal/ui-link.ts';
import { parseClustersFile } from '../../src/cluster/clusters-file.ts';

const starter = join(import.meta.dirname, '../../src/starter.ts');

/** Everything temporary of a rehearsal goes here, so that what it leaves behind is seen. */
let temporary: string;
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'px-'));
});
afterEach(() => rm(temporary, { recursive: true }));

interface Rehearsing {
  child: ChildProcess;
  stdout: () => string;
  stderr: () => string;
  /** Resolves when standard error has this text. */
  says: (text: string) => Promise<void>;
  ended: Promise<number | NodeJS.Signals | null>;
}

function rehearse(...args: string[]): Rehearsing {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [starter, 'rehearse', ...args], {
    env: { PATH, HOME, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  const waiting = new Set<() => void>();
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
    for (const check of waiting) check();
  });
  // A rehearsal that hangs is only understood by what it said last.
  onTestFailed(() => void process.stderr.write(`The rehearsal that failed said:\n${err}\n`));
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const check = () => {
        if (err.includes(text)) resolve();
      };
      waiting.add(check);
      check();
      ended.then(() => reject(new Error(`ended before it said ${JSON.stringify(text)}:\n${err}`)));
    });
  return { child, stdout: () => out, stderr: () => err, says, ended };
}

/** A whole rehearsal, with servers of its own: as long as the tests of test/e2e have (ms). */
const WHOLE_REHEARSAL_MS = 300_000;

describe('a rehearsal', { timeout: WHOLE_REHEARSAL_MS }, () => {
  it('prints one JSON document, tells its progress on standard error, and leaves nothing behind', async () => {
    await using written = await mkdtempDisposable(join(tmpdir(), 'px-report-'));
    const file = join(written.path, 'report.html');
    const rehearsing = rehearse('--yes', '--nodes', '3', '-o', 'json', '--report', file);
    expect(await rehearsing.ended, rehearsing.stderr()).toBe(0);
    const document = JSON.parse(rehearsing.stdout());
    expect(document).toMatchObject({
      outcome: 'migrated',
      report: {
        outcome: 'migrated',
        requester: 'you@rehearsal',
        messages: [{ message: 'approve', by: 'oncall@rehearsal' }],
      },
      ui: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/namespaces\/default\/workflows\/proxyshift%2Frehearsal\//),
      timings: { totalMs: expect.any(Number), phasesMs: { 'kube-proxy': expect.any(Number) } },
    });
    for (const said of ['Plan for rehearsal', '+mode: nftables', 'Approved as oncall@rehearsal (--yes).', '(canary)'])
      expect(rehearsing.stderr()).toContain(said);
    expect(await readdir(temporary)).toEqual([]);
    const { waves, plan, sources } = document.report;
    expect(waves.map(({ nodes }: { nodes: string[] }) => nodes)).toEqual(plan.kubeProxy.waves);
    expect(waves[0]).toMatchObject({ wave: 1, canary: true, result: 'done', endedAt: expect.any(String), failed: [] });
    expect(sources.map(({ sets, keeper }: Record<string, string>) => `${sets}: ${keeper}`)).toEqual([
      'kube-proxy: kubeadm',
      'Calico: your own manifests',
    ]);
    expect(rehearsing.stderr()).toContain(file);
    expect(await readFile(file, 'utf8')).toMatch(/<h1>rehearsal: [\s\S]*migrated[\s\S]*id="timeline"/);
  });

  it('to eBPF does with --yes what the run asks people for', async () => {
    const rehearsing = rehearse('--yes', '--nodes', '3', '--target', 'ebpf', '-o', 'json');
    expect(await rehearsing.ended, rehearsing.stderr()).toBe(0);
    const { outcome, report } = JSON.parse(rehearsing.stdout());
    expect(outcome).toBe('migrated');
    expect(report.messages.map(({ message, step }: { message: string; step?: string }) => step ?? message)).toEqual([
      'approve',
      'restart-nodes-workers-zone-b',
      'restart-nodes-workers-zone-c',
      'restart-nodes-control-plane',
    ]);
    expect(report.remarks).toEqual([]);
    expect(rehearsing.stderr()).toContain('The run asks for a step by hand, restart-nodes-control-plane');
  });

  it.each(['creating 3 nodes', '(canary)'])('takes everything down on Ctrl-C at: %s', async (moment) => {
    const rehearsing = rehearse('--yes', '--nodes', '3', '--calico', 'none', '-o', 'json');
    await rehearsing.says(moment);
    rehearsing.child.kill('SIGINT');
    expect(await rehearsing.ended).toBe(130);
    expect(rehearsing.stdout()).toBe('');
    expect(rehearsing.stderr()).toMatch(/Stopping[\s\S]*taking the rehearsal down/);
    expect(await readdir(temporary)).toEqual([]);
  });

  it('has a clusters file that the worker takes, with and without its cluster', () => {
    const cluster = { name: 'rehearsal', kubeconfig: '/k', context: 'c', uid: '6a2f9d6e-4a4c-4a57-9b0f-2f6f4c1c9a11' };
    const file = parseClustersFile(rehearsalClustersYaml({ taskQueue: 'q', clusters: [cluster] }), '/clusters.yaml');
    expect(file).toMatchObject({
      taskQueue: 'q',
      clusters: [{ name: 'rehearsal', rollout: { nodeTimeoutMs: 60_000 } }],
    });
    expect(
      parseClustersFile(rehearsalClustersYaml({ taskQueue: 'q', clusters: [] }), '/clusters.yaml').clusters,
    ).toEqual([]);
  });
});

describe('the link to the UI', () => {
  const run = { address: 'localhost:7233', namespace: 'default', workflowId: 'proxyshift/prod-1', runId: 'r' };
  it('is there where the UI is known, and only there', () => {
    expect(uiLink({ ...run, ui: 'http://ui/' })).toBe('http://ui/namespaces/default/workflows/proxyshift%2Fprod-1/r');
    expect(uiLink({ ...run, address: 'x.tmprl.cloud:7233' })).toMatch(/^https:\/\/cloud\.temporal\.io\/namespaces\//);
    expect(uiLink(run)).toBeUndefined();
  });
});
