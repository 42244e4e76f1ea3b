import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { type Cluster, type ConnectOptions, connect } from '../../src/cluster/connect.ts';
import { objectNamed, recordEvent } from '../../src/cluster/events.ts';
import {
  createObject,
  deleteObject,
  kubernetesObjectSchema,
  listObjects,
  mergePatch,
  type ObjectRef,
  readObject,
} from '../../src/cluster/objects.ts';
import { requiredPermissions, reviewPermissions } from '../../src/cluster/permissions.ts';
import { followLog, readLog } from '../../src/cluster/pod-logs.ts';
import { openPodPort } from '../../src/cluster/port-forward.ts';
import { rbacManifest } from '../../src/cluster/rbac-manifest.ts';
import { readUserName } from '../../src/cluster/user.ts';
import { type WatchEvent, watchObjects } from '../../src/cluster/watch.ts';
import { resolveBinaries } from '../../src/rehearsal/binaries/resolve.ts';
import { createRehearsalCluster, type RehearsalCluster } from '../../src/rehearsal/cluster.ts';
import { controlPlaneBinaries } from '../../src/rehearsal/control-plane.ts';
import { testTiming } from '../../src/rehearsal/timing.ts';
import { type FaultProxy, startFaultProxy } from '../faults/proxy.ts';

// One control plane for the whole seam: starting one is the expensive part.
let server: RehearsalCluster;
let proxy: FaultProxy;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'seam-'));
  const binaries = await resolveBinaries(controlPlaneBinaries);
  server = await createRehearsalCluster({ binaries, nodes: 2, calico: 'none', timing: testTiming });
}, 600_000);
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});
beforeEach(async () => {
  proxy = await startFaultProxy(server.kubeconfigPath, server.context);
});
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
});

const entry = (kubeconfig = server.kubeconfigPath) => ({
  name: 'seam',
  kubeconfig,
  context: server.context,
  uid: server.uid,
});
const viaProxy = (options: ConnectOptions = {}): Promise<Cluster> => connect(entry(proxy.kubeconfigPath), options);
const configMap = (name: string): ObjectRef => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespace: 'kube-system',
  name,
});

/** A kubeconfig for the real API server with this user. */
async function kubeconfigWith(user: Record<string, unknown>): Promise<string> {
  const path = join(directory, `${Math.random()}.yaml`);
  const { KubeConfig } = await import('@kubernetes/client-node');
  const original = new KubeConfig();
  original.loadFromFile(server.kubeconfigPath);
  const address = original.getCurrentCluster()?.server;
  const cluster = { server: address, 'insecure-skip-tls-verify': true };
  await writeFile(
    path,
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster }],
      contexts: [{ name: server.context, context: { cluster: 'c', user: 'u' } }],
      users: [{ name: 'u', user }],
    }),
  );
  return path;
}

describe('connect', () => {
  test('refuses another cluster than the one that was meant, naming both uids', async () => {
    const uid = '00000000-0000-0000-0000-000000000000';
    const refused = connect({ ...entry(), uid });
    await expect(refused).rejects.toMatchObject({ kind: 'Refused', message: expect.stringContaining(server.uid) });
    await expect(refused).rejects.toThrow(uid);
  });

  test('an unknown context is not guessed: the known ones are listed', async () => {
    await expect(connect({ ...entry(), context: 'nope' })).rejects.toMatchObject({
      kind: 'Invalid',
      message: expect.stringContaining('no context "nope"'),
      details: { hint: expect.stringContaining(server.context) },
    });
  });

  test('bad credentials are Disconnected, and never quoted', async () => {
    const token = 'opaque-secret-token-4711';
    const path = await kubeconfigWith({ token });
    const error: unknown = await connect(entry(path)).catch((e: unknown) => e);
    expect(error).toMatchObject({ kind: 'Disconnected', message: expect.stringContaining('401') });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(token);
  });

  test('a credential plugin whose output is not JSON does not leak it', async () => {
    const secret = 'plugin-secret-token-4711';
    const plugin = join(directory, 'plugin.sh');
    await writeFile(plugin, `#!/bin/sh\necho ${secret}\n`);
    await chmod(plugin, 0o700);
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' };
    const error: unknown = await connect(entry(await kubeconfigWith({ exec }))).catch((e: unknown) => e);
    expect(error).toMatchObject({ kind: 'Disconnected' });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('plugin-secret');
  });

  test('a broken kubeconfig is Invalid, and not quoted', async () => {
    const path = join(directory, 'broken.yaml');
    await writeFile(path, 'users:\n- name: u\n  user: {token: secret-in-the-file\n  x: [}\n');
    const error: unknown = await connect(entry(path)).catch((e: unknown) => e);
    expect(error).toMatchObject({ kind: 'Invalid', message: expect.stringContaining(path) });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('secret-in-the-file');
  });

  test('a cluster that is logged or serialised shows no credential', async () => {
    const cluster = await connect(entry());
    const key =
      (await readFile(server.kubeconfigPath, 'utf8')).match(/client-key(?:-data)?: (\S+)/)?.[1] ?? 'client-key';
    const shown =
      JSON.stringify({ cluster, config: cluster.kubeConfig }) +
      inspect([cluster, cluster.kubeConfig, cluster.core], { depth: 20 });
    expect(shown).not.toContain(key);
    expect(shown).not.toContain('PRIVATE');
  });

  test('sequential calls of several connects share their connections', async () => {
    for (let i = 0; i < 5; i += 1) {
      const cluster = await viaProxy();
      for (let j = 0; j < 5; j += 1) await cluster.core.listNode();
    }
    // Two, where a call starts before the socket of the last one is free again.
    expect(proxy.connections).toBeLessThanOrEqual(2);
  });

  test('another file content under the same path is other credentials', async () => {
    const path = await kubeconfigWith({ token: 'expired' });
    await expect(connect(entry(path))).rejects.toMatchObject({ kind: 'Disconnected' });
    await writeFile(path, await readFile(proxy.kubeconfigPath, 'utf8'));
    await expect(connect(entry(path))).resolves.toMatchObject({ uid: server.uid });
  });
});

describe('calls', () => {
  test('a server that hangs is Unreachable after the deadline, also in a typed API', async () => {
    const cluster = await viaProxy({ deadlineMs: 150 });
    proxy.inject({ match: /nodes/, fault: 'hang', times: 2 });
    await expect(cluster.core.listNode()).rejects.toMatchObject({
      kind: 'Unreachable',
      message: expect.stringContaining('150 ms'),
    });
    await expect(listObjects(cluster, { apiVersion: 'v1', plural: 'nodes' })).rejects.toMatchObject({
      kind: 'Unreachable',
    });
  });

  test('a cancellation ends a call at once with its own reason', async () => {
    const controller = new AbortController();
    const cluster = await viaProxy({ signal: controller.signal });
    proxy.inject({ match: /nodes/, fault: 'hang' });
    const call = cluster.core.listNode();
    const reason = new Error('cancelled by the workflow');
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
  });

  test.each([
    [
      { status: 429, headers: { 'retry-after': '2' } },
      { kind: 'Unreachable', status: 429, retryAfterMs: 2000 },
    ],
    [
      { status: 500, body: 'etcd is gone' },
      { kind: 'Unreachable', status: 500 },
    ],
    [
      { status: 302, headers: { location: '/login' } },
      { kind: 'Invalid', status: 302 },
    ],
    [{ status: 200, body: '<html>' }, { kind: 'Invalid' }],
    ['cut', { kind: 'Unreachable' }],
    [{ cutAfterBytes: 50 }, { kind: 'Unreachable' }],
  ] as const)('%o → %o', async (fault, expected) => {
    const cluster = await viaProxy();
    proxy.inject({ match: /nodes/, fault });
    await expect(listObjects(cluster, { apiVersion: 'v1', plural: 'nodes' })).rejects.toMatchObject(expected);
  });

  test('each request is reported once, with its status or its failure', async () => {
    const seen: unknown[] = [];
    const cluster = await viaProxy({ onRequest: ({ ms: _, ...record }) => seen.push(record) });
    await readObject(cluster, configMap('nope'));
    expect(seen).toEqual([
      { method: 'GET', path: '/api/v1/namespaces/kube-system', status: 200 },
      { method: 'GET', path: '/api/v1/namespaces/kube-system/configmaps/nope', status: 404, error: 'Invalid' },
    ]);
  });
});

describe('objects', () => {
  test('a write that was computed from an older version is refused', async () => {
    const cluster = await viaProxy();
    const ref = configMap('optimistic');
    const made = await createObject(cluster, ref, { data: { a: '1', b: '1' } });
    const { resourceVersion } = made.metadata;
    const patched = await mergePatch(cluster, ref, { data: { a: '2', b: null } }, { resourceVersion });
    expect(patched).toMatchObject({ data: { a: '2' } });
    await expect(mergePatch(cluster, ref, { data: { a: '3' } }, { resourceVersion })).rejects.toMatchObject({
      kind: 'Unreachable',
      status: 409,
    });
    await expect(deleteObject(cluster, ref, { uid: server.uid })).rejects.toMatchObject({ status: 409 });
    expect(JSON.stringify(patched.metadata.managedFields)).toContain('"manager":"proxyshift"');
    expect(await deleteObject(cluster, ref, { uid: made.metadata.uid })).toBe(true);
    expect(await deleteObject(cluster, ref)).toBe(false);
    expect(await readObject(cluster, ref)).toBeUndefined();
  });

  test('a list is read in pages, and begun anew when it expires in the middle', async () => {
    const cluster = await viaProxy();
    proxy.inject({ match: /continue=/, fault: { status: 410 } });
    const roles = { apiVersion: 'rbac.authorization.k8s.io/v1', plural: 'clusterroles' };
    const items = await listObjects(cluster, roles, { pageSize: 20 });
    expect(new Set(items.map(({ metadata }) => metadata.uid)).size).toBe(items.length);
    expect(items[0]).toMatchObject({ kind: 'ClusterRole' });
    expect(proxy.requests.filter((line) => line.includes('clusterroles')).length).toBe(
      Math.ceil(items.length / 20) + 2,
    );
  });
});

describe('events', () => {
  const about = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    plural: 'daemonsets',
    namespace: 'kube-system',
    name: 'kube-proxy',
  };
  const [at, id] = ['2026-11-25T12:00:00.123Z', 'run-1-done'];

  test('one that is recorded again, as after an answer that was lost, is there once, with the uid that kubectl looks for', async () => {
    const cluster = await viaProxy();
    const event = { id, at, reason: 'Done', message: 'it has ended', type: 'Normal' as const };
    for (const _ of [1, 2]) await recordEvent(cluster, about, event);
    const daemonSet = await readObject(cluster, about);
    const fieldSelector = 'source=proxyshift';
    const found = await listObjects(cluster, { apiVersion: 'v1', plural: 'events' }, { fieldSelector });
    expect(found).toMatchObject([
      {
        reason: 'Done',
        involvedObject: { kind: 'DaemonSet', name: 'kube-proxy', uid: daemonSet?.metadata.uid },
        count: 1,
      },
    ]);
  });

  test('of a node it is in the namespace default, its message is cut, and what is not there has none', async () => {
    const cluster = await viaProxy();
    const [node] = await listObjects(cluster, { apiVersion: 'v1', plural: 'nodes' });
    const name = node?.metadata.name ?? '';
    const event = { id, at, reason: 'Failed', message: '→'.repeat(2_000), type: 'Warning' as const };
    for (const one of [`Node ${name}`, 'Node gone', 'Installation default']) {
      const ref = objectNamed(one);
      if (ref) await recordEvent(cluster, ref, event);
    }
    const resource = { apiVersion: 'v1', plural: 'events', namespace: 'default' };
    const found = await listObjects(cluster, resource, { fieldSelector: 'source=proxyshift' });
    expect(found).toMatchObject([{ involvedObject: { kind: 'Node', name }, type: 'Warning' }]);
    expect(String(found[0]?.message)).toMatch(/^→{300,341}…$/);
    expect(objectNamed('Pod kube-system/x')).toBeUndefined();
  });
});

describe('watch', () => {
  const resource = { apiVersion: 'v1', plural: 'configmaps', namespace: 'kube-system', labelSelector: 'watch=me' };
  const labelled = { metadata: { labels: { watch: 'me' } } };
  const tell = (event: WatchEvent) => `${event.type} ${event.object?.metadata.name ?? ''}`.trim();

  test('loses nothing when connections are cut and when the server forgets the version', async () => {
    const cluster = await viaProxy();
    await createObject(cluster, configMap('w1'), labelled);
    const controller = new AbortController();
    const events = watchObjects(cluster, { ...resource, signal: controller.signal, backoffMs: 10 });
    const next = async () => {
      const { value } = await events.next();
      return value ? tell(value) : 'end';
    };
    expect([await next(), await next()]).toEqual(['ADDED w1', 'SYNCED']);

    const added = next();
    await createObject(cluster, configMap('w2'), labelled);
    expect(await added).toBe('ADDED w2');

    proxy.cutAll();
    const afterCut = next();
    await createObject(await viaProxy(), configMap('w3'), labelled);
    expect(await afterCut).toBe('ADDED w3');

    // While the watch is away, w1 vanishes; when it comes back its version is too old.
    proxy.inject({ match: /watch=true/, fault: { status: 410 } });
    await deleteObject(await connect(entry()), configMap('w1'));
    proxy.cutAll();
    expect(await next()).toBe('DELETED w1');

    const end = next();
    controller.abort();
    expect(await end).toBe('end');
  });

  test('gives up as Unreachable after a few failures in a row, and at once when it is not allowed', async () => {
    const cluster = await viaProxy();
    const drain = async () => {
      for await (const _ of watchObjects(cluster, { ...resource, backoffMs: 1, maxFailures: 3 }));
    };
    proxy.inject({ match: /watch=true/, fault: { status: 503 }, times: 3 });
    await expect(drain()).rejects.toMatchObject({ kind: 'Unreachable', status: 503 });
    proxy.inject({ match: /watch=true/, fault: { status: 403 } });
    await expect(drain()).rejects.toMatchObject({ kind: 'Forbidden' });
    expect(proxy.requests.filter((line) => line.includes('watch=true')).length).toBe(4);
  });

  test('a cancelled cluster ends it with the reason', async () => {
    const controller = new AbortController();
    const cluster = await viaProxy({ signal: controller.signal });
    const events = watchObjects(cluster, { ...resource, labelSelector: 'no=one' });
    expect((await events.next()).value).toEqual({ type: 'SYNCED' });
    const waiting = events.next();
    const reason = new Error('cancelled');
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });
});

describe('pods', () => {
  const pod = async (cluster: Cluster) => {
    const [found] = await listObjects(
      cluster,
      { apiVersion: 'v1', plural: 'pods', namespace: 'kube-system' },
      { labelSelector: 'k8s-app=kube-proxy' },
    );
    return { namespace: 'kube-system', pod: found?.metadata.name ?? '' };
  };

  test('a log is read, and followed until the signal', async () => {
    const cluster = await viaProxy();
    const container = { ...(await pod(cluster)), container: 'kube-proxy' };
    const lines = await readLog(cluster, container);
    expect(lines.join('\n')).toContain('Using ipvs Proxier');
    const controller = new AbortController();
    const followed: string[] = [];
    for await (const line of followLog(cluster, container, { signal: controller.signal })) {
      followed.push(line);
      if (line.includes('Using ipvs Proxier')) controller.abort();
    }
    expect(followed.at(-1)).toContain('Using ipvs Proxier');
    await expect(readLog(cluster, { ...container, pod: 'nope' })).rejects.toMatchObject({ kind: 'Invalid' });
  });

  test('several paths are asked over one port-forward', async () => {
    const cluster = await viaProxy();
    await using port = await openPodPort(cluster, { ...(await pod(cluster)), port: 10249 });
    expect(await port.get('/proxyMode')).toEqual({ status: 200, body: 'ipvs' });
    expect((await port.get('/metrics')).body).toContain('sync_proxy_rules_last_timestamp_seconds');
    expect((await port.get('/nonsense')).status).toBe(404);
    expect(proxy.requests.filter((line) => line.includes('portforward'))).toHaveLength(1);
  });

  test('a port-forward that is forbidden, hangs or is cut can be told apart', async () => {
    const cluster = await viaProxy();
    const where = await pod(cluster);
    const ask = async (port = 10249) => {
      await using open = await openPodPort(cluster, { ...where, port }, { deadlineMs: 500 });
      return await open.get('/proxyMode', { deadlineMs: 500 });
    };
    proxy.inject({ match: /portforward/, fault: { status: 403 } });
    await expect(ask()).rejects.toMatchObject({
      kind: 'Forbidden',
      message: expect.stringContaining('pods/portforward'),
    });
    proxy.inject({ match: /portforward/, fault: 'hang' });
    await expect(ask()).rejects.toMatchObject({ kind: 'Unreachable', message: expect.stringContaining('500 ms') });
    proxy.inject({ match: /portforward/, fault: 'cut' });
    await expect(ask()).rejects.toMatchObject({ kind: 'Unreachable' });
    await expect(ask(9)).rejects.toMatchObject({ kind: 'Unreachable' });
    await expect(ask()).resolves.toBeDefined();
  });
});

describe('permissions', () => {
  test('an administrator misses none', async () => {
    expect(await reviewPermissions(await viaProxy(), requiredPermissions('operator'))).toEqual([]);
  });

  test('the ServiceAccount of deploy/rbac.yaml misses none, and is told what it lacks elsewhere', async () => {
    const cluster = await connect(entry(await server.workerKubeconfig()));
    expect(await reviewPermissions(cluster, requiredPermissions('none'))).toEqual([]);
    const secrets = { group: '', resource: 'secrets', verb: 'list' };
    const anyLease = { group: 'coordination.k8s.io', resource: 'leases', verb: 'delete', namespace: 'kube-system' };
    const kubeProxy = {
      group: '',
      resource: 'configmaps',
      verb: 'patch',
      namespace: 'kube-system',
      name: 'kube-proxy',
    };
    expect(await reviewPermissions(cluster, [secrets, kubeProxy, anyLease])).toEqual([secrets, anyLease]);
    await expect(cluster.core.listNamespacedSecret({ namespace: 'kube-system' })).rejects.toMatchObject({
      kind: 'Forbidden',
      details: { hint: expect.stringContaining('kubectl auth can-i list secrets -n kube-system') },
    });
  });

  test('the API server says who the worker is, and takes the manifest for what that user lacks', async () => {
    const worker = await connect(entry(await server.workerKubeconfig()));
    const user = await readUserName(worker);
    expect(user).toBe('system:serviceaccount:kube-system:proxyshift');
    const missing = [
      { group: '', resource: 'persistentvolumes', verb: 'list' },
      { group: '', resource: 'persistentvolumes', verb: 'watch' },
      { group: '', resource: 'pods', subresource: 'exec', verb: 'create', namespace: 'kube-system' },
      { group: 'apps', resource: 'deployments', verb: 'get', namespace: 'default', name: 'one' },
    ];
    expect(await reviewPermissions(worker, missing)).toEqual(missing);

    const administrator = await viaProxy();
    for (const document of parseAllDocuments(rbacManifest(missing, user))) {
      const object = kubernetesObjectSchema.parse(document.toJS());
      const { apiVersion = '', kind = '' } = object;
      const { name, namespace } = object.metadata;
      const ref = { apiVersion, kind, plural: `${kind.toLowerCase()}s`, namespace, name };
      await createObject(administrator, ref, object);
    }
    // The authorizer sees a new role by its own watch, which nobody else can await.
    await expect.poll(() => reviewPermissions(worker, missing)).toEqual([]);
  });
});
