import { expect, it } from 'vitest';
import { readApiGroups } from '../../../src/cluster/api-groups.ts';
import { clusterOfExport } from '../../../src/cluster/export/open-export.ts';
import { createObject, listObjects, type PlainObject, readObject } from '../../../src/cluster/objects.ts';
import { readLog } from '../../../src/cluster/pod-logs.ts';
import { installation, kubeProxyConfigMap, kubeProxyDaemonSet } from '../../../src/cluster/refs.ts';

const pod = (name: string, namespace: string, app: string): PlainObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels: { app } },
});
const apiServices = ['apps/v1', 'operator.tigera.io/v1'].map((groupVersion): PlainObject => {
  const [group, version] = groupVersion.split('/');
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: groupVersion },
    spec: { group, version },
  };
});

/** A cluster of these objects, by plural. */
function cluster(objects: Record<string, PlainObject[]>, version?: string) {
  return clusterOfExport({ directory: 'support-case', version, objects: new Map(Object.entries(objects)) });
}

const without = (what: string, command: RegExp) =>
  expect.objectContaining({
    kind: 'Refused',
    message: `The export has no ${what}`,
    details: { hint: expect.stringMatching(command) },
  });

it('answers as the API server would: by name, by namespace, by label', async () => {
  const pods = [pod('a', 'kube-system', 'x'), pod('b', 'kube-system', 'y'), pod('c', 'default', 'x')];
  const exported = cluster({ pods });
  const resource = { apiVersion: 'v1', plural: 'pods' };
  const names = async (...args: Parameters<typeof listObjects> extends [unknown, ...infer Rest] ? Rest : never) =>
    (await listObjects(exported, ...args)).map(({ metadata }) => metadata.name);
  expect(await names(resource)).toEqual(['a', 'b', 'c']);
  expect(await names({ ...resource, namespace: 'kube-system' })).toEqual(['a', 'b']);
  expect(await names({ ...resource, namespace: 'kube-system' }, { labelSelector: 'app=x' })).toEqual(['a']);
  const ref = { ...resource, kind: 'Pod', namespace: 'default' };
  expect(await readObject(exported, { ...ref, name: 'c' })).toMatchObject({ metadata: { labels: { app: 'x' } } });
  expect(await readObject(exported, { ...ref, name: 'a' })).toBeUndefined();
});

it('never takes what was not exported for what is not there', async () => {
  await expect(readObject(cluster({}), kubeProxyDaemonSet)).rejects.toEqual(
    without('daemonsets', /kubectl get daemonsets -A -o yaml > daemonsets\.yaml$/),
  );
  await expect(readObject(cluster({}), kubeProxyConfigMap)).rejects.toEqual(without('configmaps', /configmaps/));
  await expect(readObject(cluster({}), installation)).rejects.toEqual(without('apiservices', /get apiservices/));
  await expect(readObject(cluster({ apiservices: apiServices }), installation)).rejects.toEqual(
    without('installations', /kubectl get installations\.operator\.tigera\.io -A/),
  );
  await expect(cluster({}).version.getCode()).rejects.toEqual(without('version of the API server', /kubectl version/));
});

it('knows that an object of a group that is not served is not there', async () => {
  expect(await readObject(cluster({ apiservices: apiServices.slice(0, 1) }), installation)).toBeUndefined();
});

it('tells the groups that are served, and the version', async () => {
  const exported = cluster({ apiservices: apiServices }, 'v1.35.4');
  expect([...(await readApiGroups(exported))]).toEqual([
    ['apps', ['v1']],
    ['operator.tigera.io', ['v1']],
  ]);
  expect((await exported.version.getCode()).gitVersion).toBe('v1.35.4');
});

it('refuses what only a cluster can do', async () => {
  const exported = cluster({ pods: [], configmaps: [] });
  const refused = (message: RegExp) =>
    expect.objectContaining({ kind: 'Refused', message: expect.stringMatching(message) });
  await expect(createObject(exported, kubeProxyConfigMap, {})).rejects.toEqual(refused(/cannot create configmaps/));
  const container = { namespace: 'kube-system', pod: 'a', container: 'c' };
  await expect(readLog(exported, container, {})).rejects.toEqual(refused(/cannot get log of Pod kube-system\/a/));
  expect(() => exported.kubeConfig).toThrow('support-case is an export of objects');
  expect(exported.live).toBe(false);
});
