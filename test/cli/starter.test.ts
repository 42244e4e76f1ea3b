import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const starter = join(import.meta.dirname, '../../src/starter.ts');
const commands = [
  'check',
  'start',
  'status',
  'plan',
  'approve',
  'reject',
  'pause',
  'resume',
  'abort',
  'rollback',
  'report',
  'restore',
  'forget',
  'probe',
  'notify',
  'worker',
  'rehearse',
];
/** Nobody listens on port 1 (tcpmux) of a machine that runs tests. */
const nobody = '127.0.0.1:1';

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
  ms: number;
}

/** Runs the command line as a person does, without a terminal and without anything of the environment's Temporal. */
function proxyshift(args: string[], env: NodeJS.ProcessEnv = {}, cwd = folder): Promise<Ended> {
  const { PATH, HOME } = process.env;
  const started = performance.now();
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [starter, ...args],
      { cwd, env: { PATH, HOME, ...env } },
      (error, stdout, stderr) => {
        resolve({
          code: typeof error?.code === 'number' ? error.code : error ? -1 : 0,
          stdout,
          stderr,
          ms: performance.now() - started,
        });
      },
    );
    child.stdin?.end();
  });
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxyshift-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('help', () => {
  it('lists every command, the exit codes and how Temporal is found', async () => {
    const { code, stdout, ms } = await proxyshift(['--help']);
    expect(code).toBe(0);
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(stdout).toContain('TEMPORAL_ADDRESS');
    console.log(`--help: ${ms.toFixed(0)} ms, the start of Node included (wanted: under 300 ms on an idle machine)`);
  });

  it.each(commands)('%s --help teaches with an example', async (command) => {
    const { code, stdout } = await proxyshift([command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('Examples:');
    expect(stdout).toMatch(new RegExp(`proxyshift ${command}`));
    expect(await proxyshift(['help', command])).toMatchObject({ code: 0, stdout });
  });

  it('says its version', async () => {
    expect(await proxyshift(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});

describe('bad arguments end with 2, say what is wrong, and print nothing that a machine would read', () => {
  const long = 'a'.repeat(64);
  it.each<[string, string[], RegExp]>([
    ['unknown command', ['migrate'], /unknown command 'migrate'/],
    ['command with a typing error', ['stauts'], /Did you mean status\?/],
    ['unknown option', ['start', 'prod-1', '--force'], /unknown option '--force'/],
    ['no cluster', ['start'], /missing required argument 'cluster'/],
    ['one cluster too many', ['status', 'a', 'b'], /too many arguments/],
    ['a format that there is not', ['status', 'a', '-o', 'xml'], /Allowed choices are table, json/],
    [
      'a cluster that is no name',
      ['start', 'Prod_1', '--requester', 'ada'],
      /The name of the cluster is "Prod_1": expected lower-case/,
    ],
    ['a cluster with a long name', ['status', long, '--address', nobody], /No Temporal|at most 63/],
    ['a requester without a name', ['start', 'prod-1', '--requester', ' '], /--requester is " ": expected a name\./],
    ['a person without a name', ['pause', 'prod-1', '--as', ''], /--as is "": expected a name\./],
    [
      'a hash that is too short',
      ['approve', 'a', '--plan-hash', 'abc'],
      /--plan-hash "abc" is not a plan's hash[\s\S]*first 12/,
    ],
    ['a hash that is none', ['approve', 'a', '--plan-hash', 'zzzzzzzzzzzzzz'], /is not a plan's hash/],
    ['a port that is none', ['worker', '--health-port', '99999'], /Expected a whole number from 0 to 65535/],
    ['a time that is none', ['worker', '--shutdown-grace', '30'], /Expected a time span such as/],
    ['too few nodes', ['rehearse', '--nodes', '1'], /Expected a whole number from 2 to 5000/],
    [
      'a scenario that there is not',
      ['rehearse', '--yes', '--scenario', 'sunny'],
      /There is no scenario "sunny"[\s\S]*canary-crashes/,
    ],
    ['a rehearsal with nobody to ask', ['rehearse'], /no terminal to ask[\s\S]*--yes/],
    ['a restore of no cluster', ['restore', '--yes'], /No cluster is named, and no context\.[\s\S]*--context/],
    [
      'a restore of two clusters',
      ['restore', 'a', '--context', 'b'],
      /Both the cluster "a" and the context "b" are named/,
    ],
    ['a kubeconfig beside the clusters file', ['forget', 'a', '--kubeconfig', 'x'], /--kubeconfig is for --context/],
    [
      'a kubeconfig that is not there',
      ['forget', '--context', 'b', '--kubeconfig', 'x'],
      /The kubeconfig ".*\/x" cannot be read \(ENOENT\)/,
    ],
    [
      'a restore of no nodes at once',
      ['restore', 'a', '--max-unavailable', '0'],
      /Expected a whole number from 1 to 5000/,
    ],
    [
      'a worker without a clusters file',
      ['worker'],
      /"\.\/clusters\.yaml" cannot be read \(ENOENT\)[\s\S]*clusters\.example\.yaml/,
    ],
    ['a log level that there is not', ['worker', '--clusters', 'x'], /LOG_LEVEL "loud" is not a level/],
  ])('%s', async (name, args, message) => {
    const { code, stdout, stderr } = await proxyshift(
      args,
      name.startsWith('a log level') ? { LOG_LEVEL: 'loud' } : {},
    );
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

it('merges no kubeconfigs, as kubectl would', async () => {
  const { code, stderr } = await proxyshift(['restore', '--context', 'a'], { KUBECONFIG: 'one:two' });
  expect(stderr).toMatch(/KUBECONFIG names 2 files; proxyshift reads one/);
  expect(code).toBe(2);
});

describe('a file for a report', () => {
  it.concurrent.each([
    [
      ['report', 'prod-1', '--out', 'report.pdf'],
      'error: The extension of "report.pdf" does not say what to write.\n  Say it with -o: table, json, markdown, html.\n',
    ],
    [
      ['report', 'prod-1', '--out', 'no/such/report.html'],
      'error: The report cannot be written to "no/such/report.html": its directory is not there.\n  Name another file with --out, or leave it out for standard output.\n',
    ],
    [
      ['report', 'prod-1', '-o', 'pdf'],
      "error: option '-o, --output <format>' argument 'pdf' is invalid. Allowed choices are table, json, markdown, html.",
    ],
    [
      ['rehearse', '--yes', '--report', 'report.pdf'],
      "error: option '--report <file>' argument 'report.pdf' is invalid. Expected a file that ends with .html",
    ],
    [
      ['rehearse', '--yes', '--report', '/no/such/report.html'],
      'error: The report cannot be written to "/no/such/report.html": its directory is not there.',
    ],
  ])('that cannot be is told before anything else: %j', async (args, message) => {
    const { code, stderr, stdout } = await proxyshift([
      ...args,
      ...(args[0] === 'report' ? ['--address', nobody] : []),
    ]);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

describe('no Temporal at the address', () => {
  it.concurrent.each([
    ['status', 'prod-1'],
    ['start', 'prod-1', '--requester', 'ada'],
    ['rollback', 'prod-1'],
    ['report', 'prod-1'],
  ])('%s names the address and what to do', async (...args: string[]) => {
    const { code, stderr, stdout } = await proxyshift([...args, '--address', nobody]);
    expect(stderr).toMatch(/^error: No Temporal server answers at 127\.0\.0\.1:1\.\n {2}Set TEMPORAL_ADDRESS/);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it.concurrent('takes the address from the environment', async () => {
    const { code, stderr } = await proxyshift(['status', 'prod-1'], { TEMPORAL_ADDRESS: nobody });
    expect(stderr).toContain('No Temporal server answers at 127.0.0.1:1.');
    expect(code).toBe(2);
  });

  it.concurrent('shows where an error came from when it is asked to', async () => {
    const { stderr } = await proxyshift(['status', 'prod-1', '--address', nobody], { PROXYSHIFT_DEBUG: '1' });
    expect(stderr).toMatch(/^\s+at /m);
  });

  it.concurrent('ends a worker, too', async () => {
    const file = join(folder, 'empty.yaml');
    await writeFile(file, 'apiVersion: proxyshift.dev/v1\nclusters: {}\n');
    const { code, stderr } = await proxyshift(['worker', '--clusters', file, '--address', nobody]);
    expect(stderr).toContain('No Temporal server answers at 127.0.0.1:1.');
    expect(code).toBe(2);
  });
});

describe('the clusters file', () => {
  const entry = { kubeconfig: 'kubeconfig', context: 'prod', uid: '00000000-0000-0000-0000-000000000000' };
  const file = JSON.stringify({ apiVersion: 'proxyshift.dev/v1', clusters: { 'prod-1': entry, 'prod-2': entry } });

  it('knows the clusters: another name is refused before Temporal is asked', async () => {
    const path = join(folder, 'clusters.yaml');
    await writeFile(path, file);
    const { code, stderr } = await proxyshift(['start', 'prod-3', '--requester', 'ada', '--address', nobody]);
    expect(stderr).toContain(`There is no cluster "prod-3" in ${path}`);
    expect(stderr).toContain('It has: prod-1, prod-2.');
    expect(code).toBe(2);
    await rm(path);
  });

  it('is found by PROXYSHIFT_CLUSTERS, and has to be there then', async () => {
    const { code, stderr } = await proxyshift(['start', 'prod-1', '--requester', 'ada'], {
      PROXYSHIFT_CLUSTERS: 'gone.yaml',
    });
    expect(stderr).toMatch(/"gone.yaml" cannot be read \(ENOENT\)/);
    expect(code).toBe(2);
  });

  it('may be missing where only the worker has it', async () => {
    const { stderr } = await proxyshift(['start', 'prod-9', '--requester', 'ada', '--address', nobody]);
    expect(stderr).toContain('No Temporal server answers');
  });
});

describe('rehearse --list-scenarios', () => {
  it('prints each with what happens', async () => {
    const { code, stdout } = await proxyshift(['rehearse', '--list-scenarios']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^healthy {2,}\S/m);
    expect(stdout).toMatch(/^canary-crashes {2,}\S/m);
  });
});
