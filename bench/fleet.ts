/**
 * Many small clusters migrated at once by one worker, beside one of them alone. Each cluster has a control plane of its own,
 * since runs take a cluster for what it is (uid, lock, ConfigMaps): so the machine says how many there can be, about 600 MiB
 * each.
 *
 *     npm run bench:fleet -- --clusters 12 --nodes 5
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { rehearsalClustersYaml } from '../src/cli/rehearse/clusters-yaml.ts';
import { setStage } from '../src/cli/rehearse/stage.ts';
import { resolveBinaries } from '../src/rehearsal/binaries/resolve.ts';
import { createRehearsalCluster } from '../src/rehearsal/cluster.ts';
import { controlPlaneBinaries } from '../src/rehearsal/control-plane.ts';
import { migrate } from './migrate.ts';
import { writeResults } from './write-results.ts';

const { values } = parseArgs({
  options: {
    clusters: { type: 'string', default: '12' },
    nodes: { type: 'string', default: '5' },
    out: { type: 'string' },
  },
});
const onProgress = (line: string) => void process.stderr.write(`${line}\n`);
const { signal } = new AbortController();

await using cleanup = new AsyncDisposableStack();
const options = { nodes: Number(values.nodes), calico: 'none' } as const;
const { temporal, cluster, clusters, taskQueue } = await setStage({
  cluster: options,
  onProgress,
  signal,
  cleanup,
});
const binaries = await resolveBinaries(controlPlaneBinaries, { onProgress });
const fleet = [cluster];
while (fleet.length < Number(values.clusters)) {
  const name = `fleet-${fleet.length}`;
  onProgress(`cluster ${fleet.length + 1} of ${values.clusters}`);
  fleet.push(cleanup.use(await createRehearsalCluster({ ...options, name, binaries, signal })));
}
const entries = await Promise.all(
  fleet.map(async (one) => ({
    name: one.name,
    kubeconfig: await one.workerKubeconfig(),
    context: one.context,
    uid: one.uid,
  })),
);
await writeFile(clusters, rehearsalClustersYaml({ taskQueue, clusters: entries }));

const [first, ...others] = fleet;
const alone = await migrate(temporal, { name: first?.name ?? '', taskQueue });
const started = performance.now();
const each = await Promise.all(others.map(({ name }) => migrate(temporal, { name, taskQueue })));
const together = performance.now() - started;
const seconds = (ms: number) => Math.round(ms / 100) / 10;
const row = {
  'clusters at once': others.length,
  'nodes each': options.nodes,
  'alone, s': seconds(alone),
  'all, s': seconds(together),
  'slowest, s': seconds(Math.max(...each)),
  'slowest / alone': Math.round((Math.max(...each) / alone) * 100) / 100,
};
console.table([row]);
if (values.out) await writeResults(values.out, { options: values, rows: [row] });
