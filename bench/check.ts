/**
 * What `proxyshift check` costs on a large cluster: time, requests and memory, beside a peer in the same run: a process
 * that lists the same kinds with @kubernetes/client-node as its README shows, whole and unpaged, and judges nothing.
 *
 *     npm run bench:check -- --nodes 5000 --services 10000 --out bench/results/check.json
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import pMap from 'p-map';
import { stringify } from 'yaml';
import { z } from 'zod';
import { connect } from '../src/cluster/connect.ts';
import { createObject } from '../src/cluster/objects.ts';
import { resolveBinaries } from '../src/rehearsal/binaries/resolve.ts';
import { createRehearsalCluster } from '../src/rehearsal/cluster.ts';
import { controlPlaneBinaries } from '../src/rehearsal/control-plane.ts';
import { workerUser } from '../src/rehearsal/worker-access.ts';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '5000' },
    services: { type: 'string', default: '10000' },
    /** Endpoints of each Service. */
    endpoints: { type: 'string', default: '2' },
    runs: { type: 'string', default: '3' },
    out: { type: 'string' },
  },
});
const [nodes, services, endpoints, runs] = [values.nodes, values.services, values.endpoints, values.runs].map(Number);
const starter = join(import.meta.dirname, '../src/starter.ts');
const usageOnExit = join(import.meta.dirname, 'usage-on-exit.ts');
const peer = join(import.meta.dirname, 'list-all.ts');
const say = (line: string) => process.stderr.write(`${line}\n`);

const usageSchema = z.object({ maxRssMiB: z.number(), cpuMs: z.number() });

const directory = await mkdtemp(join(tmpdir(), 'proxyshift-bench-'));
const binaries = await resolveBinaries(controlPlaneBinaries);
await using cluster = await createRehearsalCluster({
  nodes: nodes ?? 0,
  calico: 'operator',
  binaries,
  onProgress: say,
});
try {
  await createServices(services ?? 0, endpoints ?? 0);
  const { name, uid, context } = cluster;
  const kubeconfig = await cluster.workerKubeconfig();
  const clusters = join(directory, 'clusters.yaml');
  await writeFile(
    clusters,
    stringify({ apiVersion: 'proxyshift.dev/v1', clusters: { [name]: { kubeconfig, context, uid } } }),
  );

  const check = [starter, 'check', name, '--clusters', clusters, '-o', 'json'];
  const rows: Record<string, string | number>[] = [];
  for (let run = 1; run <= (runs ?? 1); run += 1) {
    for (const [what, args] of [
      ['proxyshift check', check],
      ['client-node, lists alone', [peer, kubeconfig, context]],
    ] as const) {
      const before = await requestsOfWorker();
      const measured = await measure(args);
      rows.push({ run, what, ...measured, requests: (await requestsOfWorker()) - before });
      console.table(rows);
    }
  }
  if (values.out) {
    await mkdir(dirname(values.out), { recursive: true });
    const machine = { cores: cpus().length, node: process.version };
    await writeFile(values.out, `${JSON.stringify({ machine, nodes, services, endpoints, rows }, null, 2)}\n`);
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}

/** Services of all types, each with one EndpointSlice, as their controller would make it for ready pods. */
async function createServices(number: number, endpointsEach: number): Promise<void> {
  const { uid, context, kubeconfigPath } = cluster;
  const admin = await connect({ name: 'admin', uid, context, kubeconfig: kubeconfigPath });
  const place = { namespace: 'default' };
  let made = 0;
  const create = async (index: number) => {
    const name = `service-${String(index).padStart(5, '0')}`;
    const type = index % 50 === 0 ? 'NodePort' : 'ClusterIP';
    const ports = [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }];
    const service = { apiVersion: 'v1', kind: 'Service', plural: 'services', ...place, name };
    // Without a selector, so that the controllers leave its EndpointSlice to us.
    await createObject(admin, service, { spec: { type, ports } });
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      plural: 'endpointslices',
      ...place,
      name,
    };
    await createObject(admin, slice, {
      metadata: { labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      endpoints: Array.from({ length: endpointsEach }, (_, at) => ({
        addresses: [`10.${200 + (index >> 14)}.${(index >> 6) & 255}.${((index & 63) << 2) | (at & 3)}`],
        conditions: { ready: true },
      })),
    });
    made += 1;
    if (made % 2_000 === 0) say(`${made} of ${number} Services`);
  };
  await pMap(
    Array.from({ length: number }, (_, index) => index),
    create,
    { concurrency: 40 },
  );
}

/** Requests that the worker's user has made so far, by the API server's audit log. */
async function requestsOfWorker(): Promise<number> {
  const counts = await cluster.requests();
  return counts.filter(({ user }) => user === workerUser).reduce((sum, { count }) => sum + count, 0);
}

/** Runs a script of ours in a process of its own. Exit code 1 is an answer: the cluster has blockers. */
async function measure(args: readonly string[]): Promise<Record<string, number>> {
  const usageFile = join(directory, 'usage.json');
  const started = performance.now();
  const code = await new Promise<number>((resolve, reject) => {
    const options = { maxBuffer: 512 * 1024 * 1024, env: { ...process.env, BENCH_USAGE_FILE: usageFile } };
    execFile(process.execPath, ['--import', usageOnExit, ...args], options, (error, _stdout, stderr) => {
      const exit = error ? error.code : 0;
      if (exit === 0 || exit === 1) resolve(exit);
      else reject(new Error(`${args.join(' ')} failed: ${stderr}`, { cause: error }));
    });
  });
  const seconds = Math.round((performance.now() - started) / 10) / 100;
  const { maxRssMiB, cpuMs } = usageSchema.parse(JSON.parse(await readFile(usageFile, 'utf8')));
  return { 'exit code': code, 'time, s': seconds, 'CPU, s': Math.round(cpuMs / 10) / 100, 'memory, MiB': maxRssMiB };
}
