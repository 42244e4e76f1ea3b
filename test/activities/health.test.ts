import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../../src/cluster/connect.ts';
import { readProxyConfigMap } from '../../src/cluster/kube-proxy/config-map.ts';
import {
  createObject,
  deleteObject,
  mergePatch,
  type ObjectRef,
  objectPath,
  readObject,
} from '../../src/cluster/objects.ts';
import { kubeProxyConfigMap, kubeProxyDaemonSet } from '../../src/cluster/refs.ts';
import { listSystemPods } from '../../src/cluster/system-pods.ts';
import type { Baseline, HealthReport } from '../../src/model/health.ts';
import type { HealthComparison, MigrationSteps } from '../../src/model/steps.ts';
import type { RehearsalCluster } from '../../src/rehearsal/cluster.ts';
import { asAdmin } from '../e2e/support/objects.ts';
import { runStep, stepsOn } from './support/steps-on.ts';

const calicoNamespace = 'calico-system';
let rehearsal: RehearsalCluster;
let steps: MigrationSteps;
let admin: Cluster;
let baseline: Baseline;

beforeAll(async () => {
  ({ rehearsal, steps } = await stepsOn('one'));
  await rehearsal.settled();
  admin = await asAdmin(rehearsal);
  baseline = await readBaseline();
});
afterAll(() => rehearsal.close());

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const action of undo.splice(0).reverse()) await action();
});

const readBaseline = () => runStep(steps.readBaseline, { cluster: 'one', calicoNamespace });
const compare = (more: Partial<HealthComparison> = {}): Promise<HealthReport> =>
  runStep(steps.compareHealth, { cluster: 'one', calicoNamespace, baseline, ignoredNodes: [], settleMs: 0, ...more });

/** Writes a status, as a kubelet does. */
async function patchStatus(ref: ObjectRef, status: Record<string, unknown>): Promise<void> {
  const path = `${objectPath(ref)}/status`;
  await admin.transport.json({
    method: 'PATCH',
    path,
    body: { status },
    contentType: 'application/strategic-merge-patch+json',
  });
}

async function podOf(controller: string, node?: string): Promise<ObjectRef> {
  const pods = await listSystemPods(admin);
  const found = pods.find(({ name, node: on }) => name.startsWith(controller) && (node === undefined || on === node));
  if (!found) throw new Error(`no pod of ${controller}`);
  return { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespace: found.namespace, name: found.name };
}

/** Until the end of the test. */
async function unready(pod: ObjectRef): Promise<void> {
  const ready = (status: string) => ({ conditions: [{ type: 'Ready', status }] });
  undo.push(() => patchStatus(pod, ready('True')));
  await patchStatus(pod, ready('False'));
}

const nodeRef = (name: string): ObjectRef => ({ apiVersion: 'v1', kind: 'Node', plural: 'nodes', name });

describe('health', () => {
  it('of a cluster in which all is well is an empty baseline, and nothing is worse', async () => {
    expect(baseline).toMatchObject({ nodes: [], onNodes: [], counted: {} });
    expect(await compare()).toMatchObject({ healthy: true, worse: [], worseCount: 0, drift: [] });
  });

  it('names a node and a pod that were well, and what was bad before is not named', async () => {
    const { name: node = '' } = rehearsal.nodes().at(-1) ?? {};
    const down = (status: string) => ({ conditions: [{ type: 'Ready', status, message: 'the kubelet is away' }] });
    undo.push(() => patchStatus(nodeRef(node), down('True')));
    await unready(await podOf('coredns'));
    const { name: other = '' } = rehearsal.nodes().at(-2) ?? {};
    await unready(await podOf('kube-proxy', other));
    await patchStatus(nodeRef(node), down('False'));

    const found = await compare();
    expect(found).toMatchObject({ healthy: false, drift: [] });
    expect(found.worse).toEqual(
      expect.arrayContaining([
        { object: `Node ${node}`, node, why: 'NotReady: the kubelet is away' },
        expect.objectContaining({ node: other, controller: 'DaemonSet kube-system/kube-proxy' }),
      ]),
    );
    const ignored = await compare({ ignoredNodes: [node, other] });
    expect(ignored.worse.filter((item) => item.node === node || item.node === other)).toEqual([]);
    expect(await compare({ baseline: await readBaseline() })).toMatchObject({ healthy: true });
  });

  it('waits for a pod that is not Ready for a moment, and no longer than it was told', async () => {
    const pod = await podOf('coredns');
    await unready(pod);
    const late = await compare({ settleMs: 300 });
    expect(late).toMatchObject({ healthy: false, worseCount: 1 });
    expect(late.worse[0]?.object).toBe(`Pod kube-system/${pod.name}`);
    expect(late.lookedForMs).toBeGreaterThanOrEqual(300);

    const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
    const seen: unknown[] = [];
    environment.on('heartbeat', async (details) => {
      seen.push(details);
      await patchStatus(pod, { conditions: [{ type: 'Ready', status: 'True' }] });
    });
    const input = { cluster: 'one', calicoNamespace, baseline, ignoredNodes: [], settleMs: 60_000 };
    expect(await environment.run(steps.compareHealth, input)).toMatchObject({ healthy: true });
    expect(seen[0]).toEqual({ worse: 1, first: `Pod kube-system/${pod.name}` });
  });

  it('a pod of kube-proxy that was replaced is no other pod', async () => {
    const { name: node = '' } = rehearsal.nodes().at(-1) ?? {};
    const pod = await podOf('kube-proxy', node);
    await unready(pod);
    const before = await readBaseline();
    expect(before.onNodes).toEqual([`DaemonSet kube-system/kube-proxy on ${node}`]);
    undo.length = 0;
    await deleteObject(admin, pod);
    expect(await compare({ baseline: before, settleMs: 60_000 })).toMatchObject({ healthy: true });
    expect(await compare({ settleMs: 60_000 }), 'once it is up').toMatchObject({ healthy: true });
  });

  it('ends at once where the activity is cancelled', async () => {
    await unready(await podOf('coredns'));
    const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
    const input = { cluster: 'one', calicoNamespace, baseline, ignoredNodes: [], settleMs: 600_000 };
    const looking = environment.run(steps.compareHealth, input);
    environment.on('heartbeat', () => environment.cancel());
    await expect(looking).rejects.toThrow(/CANCELLED|abort/i);
  });
});

describe('drift', () => {
  const apply = async (ref: ObjectRef, patch: object, manager: string, contentType: string) =>
    admin.transport.json({
      method: 'PATCH',
      path: objectPath(ref),
      query: { fieldManager: manager, ...(contentType.includes('apply') ? { force: true } : {}) },
      body: { apiVersion: ref.apiVersion, kind: ref.kind, metadata: { name: ref.name }, ...patch },
      contentType,
    });
  const merge = 'application/merge-patch+json';

  it('of the ConfigMap names who wrote it, when, and the tool behind', async () => {
    const { hash, text } = await readProxyConfigMap(admin);
    expect(await compare({ configHash: hash })).toMatchObject({ healthy: true });
    undo.push(() => mergePatch(admin, kubeProxyConfigMap, { data: { 'config.conf': text } }));
    const started = Date.now();
    const edited = { data: { 'config.conf': text.replace('mode: ipvs', 'mode: iptables') } };
    await apply(kubeProxyConfigMap, edited, 'argocd-controller', 'application/apply-patch+yaml');

    const { healthy, drift } = await compare({ configHash: hash });
    expect(healthy).toBe(false);
    expect(drift).toEqual([
      {
        kind: 'config-map-reverted',
        object: 'ConfigMap kube-system/kube-proxy',
        what: 'is not what this run left there',
        by: { manager: 'argocd-controller', operation: 'Apply', at: expect.any(String) },
        owner: expect.objectContaining({ name: expect.stringMatching(/Argo CD/) }),
      },
    ]);
    expect(Date.parse(drift[0]?.by?.at ?? '')).toBeGreaterThan(started - 2_000);
    expect((await compare()).drift, 'where it is not asked for').toEqual([]);
  });

  it('of a ConfigMap that has no config.conf any more, or that is gone', async () => {
    const saved = await readObject(admin, kubeProxyConfigMap);
    const { hash, text } = await readProxyConfigMap(admin);
    await apply(kubeProxyConfigMap, { data: { 'config.conf': null, other: 'x' } }, 'kubectl-edit', merge);
    expect((await compare({ configHash: hash })).drift).toMatchObject([
      { kind: 'config-map-reverted', what: 'has no config.conf any more', by: { manager: 'kubectl-edit' } },
    ]);
    await deleteObject(admin, kubeProxyConfigMap);
    expect((await compare({ configHash: hash })).drift).toMatchObject([{ kind: 'config-map-gone' }]);
    const { labels = {} } = saved?.metadata ?? {};
    const data = { ...Object(saved).data, 'config.conf': text };
    await createObject(admin, kubeProxyConfigMap, { metadata: { labels }, data });
  });

  it('of the DaemonSet: the template, something else of it, an edit that was taken back, another one of that name', async () => {
    const generation = baseline.kubeProxy?.generation ?? 0;
    const annotations = (value: string | null) => ({
      spec: { template: { metadata: { annotations: { edited: value } } } },
    });
    // The pods are not to be replaced for this.
    await apply(
      kubeProxyDaemonSet,
      { spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: null } } },
      'kubectl',
      merge,
    );
    expect((await compare()).drift).toMatchObject([
      {
        kind: 'daemon-set-edited',
        object: 'DaemonSet kube-system/kube-proxy',
        what: `was edited, generation ${generation} → ${generation + 1}, its template is the same`,
        by: { manager: 'kubectl', operation: 'Update' },
      },
    ]);
    await apply(kubeProxyDaemonSet, annotations('x'), 'colleague', merge);
    expect((await compare()).drift).toMatchObject([
      { what: expect.stringContaining('its template is another'), by: { manager: 'colleague' } },
    ]);
    await apply(kubeProxyDaemonSet, annotations(null), 'colleague', merge);
    expect((await compare()).drift).toMatchObject([{ what: expect.stringContaining('its template is the same') }]);
    expect((await compare({ baseline: await readBaseline() })).drift, 'accepted by a new baseline').toEqual([]);
    expect((await compare({ baseline: { ...baseline, kubeProxy: { ...mark(), uid: 'other' } } })).drift).toMatchObject([
      { what: 'was deleted and made anew' },
    ]);
  });

  function mark() {
    if (!baseline.kubeProxy) throw new Error('no DaemonSet in the baseline');
    return baseline.kubeProxy;
  }
});
