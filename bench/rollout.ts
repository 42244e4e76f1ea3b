/**
 * How long a roll-out takes, beside a script of the guide's own commands (edit the ConfigMap, `kubectl rollout restart`, `kubectl
 * rollout status`, look at the log), both sides on the same cluster in one run: the script first, then back, then proxyshift.
 *
 *     npm run bench:rollout -- --nodes 100 --strategy rolling
 *     npm run bench:rollout -- --nodes 1000 --strategy waves --peer-unavailable 1
 *     npm run bench:rollout -- --nodes 1000 --strategy waves --peer-unavailable 10%
 *
 * proxyshift is timed from the approval to the end: second preflight, lock, snapshot, baseline and every proof included. The
 * script is timed as a whole; it proves no first sync.
 */
import { execFile } from 'node:child_process';
import { parseArgs, promisify } from 'node:util';
import { setStage } from '../src/cli/rehearse/stage.ts';
import { resolveBinaries } from '../src/rehearsal/binaries/resolve.ts';
import { migrate } from './migrate.ts';
import { writeResults } from './write-results.ts';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '100' },
    strategy: { type: 'string', default: 'rolling' },
    'max-unavailable': { type: 'string', default: '10%' },
    /** `maxUnavailable` of the DaemonSet, which the script's restart goes by. */
    'peer-unavailable': { type: 'string', default: '1' },
    'canary-soak': { type: 'string', default: '0ms' },
    /** From a pod being bound to its container running (ms), and as much again at most. */
    'pod-start': { type: 'string', default: '400' },
    out: { type: 'string' },
  },
});
const say = (line: string) => process.stderr.write(`${line}\n`);
const run = promisify(execFile);

const { kubectl } = await resolveBinaries(['kubectl'], { onProgress: say });
await using cleanup = new AsyncDisposableStack();
const stage = await setStage({
  cluster: {
    nodes: Number(values.nodes),
    calico: 'none',
    also: values.strategy === 'rolling' ? ['rolling'] : [],
    timing: { podStartMs: Number(values['pod-start']) },
  },
  rollout: {
    strategy: values.strategy,
    maxUnavailable: asNumber(values['max-unavailable']),
    canarySoak: values['canary-soak'],
    soak: '0ms',
  },
  onProgress: say,
  signal: new AbortController().signal,
  cleanup,
});
const { cluster, temporal, taskQueue } = stage;

/** What kubectl prints, as the administrator of the cluster. */
async function kube(...args: string[]): Promise<string> {
  const access = ['--kubeconfig', cluster.kubeconfigPath, '--context', cluster.context, '-n', 'kube-system'];
  return (await run(kubectl, [...access, ...args], { maxBuffer: 64 * 1024 * 1024 })).stdout;
}

/** The guide, by hand. Returns how long it took (ms). */
async function script(mode: 'nftables' | 'ipvs'): Promise<number> {
  const started = performance.now();
  const config = await kube('get', 'configmap', 'kube-proxy', '-o', 'jsonpath={.data.config\\.conf}');
  const edited = config.replace(/^mode: .*$/m, `mode: ${mode}`);
  await kube(
    'patch',
    'configmap',
    'kube-proxy',
    '--type',
    'merge',
    '-p',
    JSON.stringify({ data: { 'config.conf': edited } }),
  );
  await kube('rollout', 'restart', 'daemonset/kube-proxy');
  await kube('rollout', 'status', 'daemonset/kube-proxy', '--timeout', '3h');
  await kube('logs', 'daemonset/kube-proxy', '--tail', '-1');
  return performance.now() - started;
}

function asNumber(text: string): string | number {
  return Number.isInteger(Number(text)) ? Number(text) : text;
}

/** Of the DaemonSet. */
async function allow(unavailable: string): Promise<void> {
  const rollingUpdate = { maxSurge: 0, maxUnavailable: asNumber(unavailable) };
  const strategy = { spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate } } };
  await kube('patch', 'daemonset', 'kube-proxy', '--type', 'merge', '-p', JSON.stringify(strategy));
}

await allow(values['peer-unavailable']);
const byHand = await script('nftables');
say(`the script took ${Math.round(byHand / 1000)} s`);
await cluster.settled();
// The way back is not measured.
await allow('50%');
await script('ipvs');
await allow(values['peer-unavailable']);
await cluster.settled();
const byRun = await migrate(temporal, { name: cluster.name, taskQueue });
const row = {
  nodes: Number(values.nodes),
  strategy: values.strategy,
  'wave at most':
    values.strategy === 'waves' ? values['max-unavailable'] : `as the DaemonSet, ${values['peer-unavailable']}`,
  'script, maxUnavailable': values['peer-unavailable'],
  'script, s': Math.round(byHand / 100) / 10,
  'proxyshift, s': Math.round(byRun / 100) / 10,
  'proxyshift / script': Math.round((byRun / byHand) * 100) / 100,
};
console.table([row]);
if (values.out) await writeResults(values.out, { options: values, rows: [row] });
