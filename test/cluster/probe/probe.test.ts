import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, connect } from '../../../src/cluster/connect.ts';
import { readObject } from '../../../src/cluster/objects.ts';
import { installProbe } from '../../../src/cluster/probe/install.ts';
import { lookAtProbe } from '../../../src/cluster/probe/look.ts';
import { probeObjects } from '../../../src/cluster/probe/refs.ts';
import { removeProbe } from '../../../src/cluster/probe/remove.ts';
import type { ProbePlan } from '../../../src/model/probe-plan.ts';
import { samplesOf } from '../../../src/model/probe-sight.ts';
import { resolveBinaries } from '../../../src/rehearsal/binaries/resolve.ts';
import { createRehearsalCluster, type RehearsalCluster } from '../../../src/rehearsal/cluster.ts';
import { controlPlaneBinaries } from '../../../src/rehearsal/control-plane.ts';
import { testTiming } from '../../../src/rehearsal/timing.ts';

let server: RehearsalCluster;
/** With the rights of the role that we ship, and no more. */
let cluster: Cluster;

beforeAll(async () => {
  const binaries = await resolveBinaries(controlPlaneBinaries);
  server = await createRehearsalCluster({ binaries, nodes: 3, calico: 'none', also: ['probe'], timing: testTiming });
  const { context, uid } = server;
  cluster = await connect({ name: 'probe', kubeconfig: await server.workerKubeconfig(), context, uid });
}, 600_000);
afterAll(() => server?.[Symbol.asyncDispose]());

const { signal } = new AbortController();
const probe: ProbePlan = {
  image: 'registry.example.com/proxyshift:0.1.0',
  paths: ['cluster-ip', 'held', 'udp', 'dns', 'node-port'],
  dnsServer: '10.96.0.10',
  everyMs: 20,
  timeoutMs: 200,
  baselineMs: 1_000,
  limits: {},
};
const install = (runId: string) => installProbe(cluster, { probe, runId, timeoutMs: 30_000 }, { signal });
const uids = async () =>
  await Promise.all(probeObjects.map(async (ref) => (await readObject(cluster, ref))?.metadata.uid));

describe('a probe in a cluster', () => {
  it('is put there once by a run, however often it is asked for, and replaces that of another run', async () => {
    expect(await install('run-1')).toEqual({ nodes: 3, without: [] });
    const first = await uids();
    expect(await install('run-1')).toEqual({ nodes: 3, without: [] });
    expect(await uids()).toEqual(first);
    expect(await install('run-2')).toEqual({ nodes: 3, without: [] });
    const second = await uids();
    for (const [index, uid] of second.entries()) expect(uid).not.toBe(first[index]);
  });

  it('says of a node whose kubelet does not answer that nothing is known, and why', async () => {
    const [node = ''] = server.nodes().map(({ name }) => name);
    // A connection that the API server has kept from an earlier call would be used: there was none yet.
    server.setKubeletReachable(node, false);
    const from = Date.now();
    const times = { from: new Date(from).toISOString(), to: new Date(from + 1_000).toISOString() };
    const { groups, silent } = await lookAtProbe(
      cluster,
      { probe, runId: 'run-2', ...times, patienceMs: 200 },
      { signal },
    );
    server.setKubeletReachable(node, true);
    expect(silent).toMatchObject([{ node, why: expect.stringMatching(/log of Pod|50\d|kubelet|proxy/i) }]);
    const group = groups.find(({ nodes }) => nodes.includes(node));
    expect(group?.nodes).toEqual([node]);
    for (const sight of group?.paths ?? []) expect(sight.samples).toEqual({ ok: 0, failed: 0, unknown: 50 });
  });

  it('has an attempt for each interval of a look, and nodes that saw the same are together', async () => {
    const from = Date.now() + 1_000;
    const times = { from: new Date(from).toISOString(), to: new Date(from + 3_000).toISOString() };
    const { groups, silent } = await lookAtProbe(
      cluster,
      { probe, runId: 'run-2', ...times, patienceMs: 5_000 },
      { signal },
    );
    expect(silent).toEqual([]);
    expect(groups.flatMap(({ nodes }) => nodes).sort()).toEqual(server.nodes().map(({ name }) => name));
    for (const { paths } of groups) {
      expect(paths.map(({ path }) => path)).toEqual(probe.paths);
      for (const sight of paths) {
        expect(sight).toMatchObject({ samples: { failed: 0, unknown: 0 }, lost: 0 });
        // Whole segments of 50, by when they end.
        expect(samplesOf(sight) % 50).toBe(0);
        expect(Math.abs(samplesOf(sight) - 150)).toBeLessThanOrEqual(50);
      }
    }
  });

  it('is taken away, whichever run made it; and there may be none', async () => {
    await removeProbe(cluster, { signal });
    expect(await uids()).toEqual([undefined, undefined, undefined]);
    await removeProbe(cluster, { signal });
  });
});
