import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { deleteObject } from '../../src/cluster/objects.ts';
import { kubeProxyConfigMap, kubeProxyDaemonSet } from '../../src/cluster/refs.ts';
import { workerUser } from '../../src/rehearsal/worker-access.ts';
import { asAdmin } from './support/objects.ts';
import { rehearse } from './support/rehearse.ts';

const starter = join(import.meta.dirname, '../../src/starter.ts');

/** Runs the command line as a person does. */
function proxyshift(args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [starter, ...args], (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr });
    });
  });
}

it('whatever is wrong with the way to the cluster: one sentence, an exit code, and nothing is written', async () => {
  const { cluster, clustersFile } = await rehearse({ calico: 'none', nodes: 2 });
  const good = await readFile(clustersFile, 'utf8');
  const kubeconfig = await cluster.workerKubeconfig();
  const token = /token: (.+)/.exec(await readFile(kubeconfig, 'utf8'))?.[1] ?? '';
  const broken = join(clustersFile, '..', 'broken.kubeconfig');
  const text = await readFile(kubeconfig, 'utf8');
  const server = /server: (.+)/.exec(text)?.[1] ?? '';

  const start = (name: string = cluster.name) =>
    proxyshift([
      'start',
      name,
      '--requester',
      'asker',
      '--wait',
      '--clusters',
      clustersFile,
      '--address',
      inject('temporalAddress'),
    ]);
  const withKubeconfig = async (change: (text: string) => string) => {
    await writeFile(broken, change(text));
    await writeFile(clustersFile, good.replace(kubeconfig, broken));
  };

  const cases: [string, () => Promise<unknown>, RegExp][] = [
    [
      'another cluster',
      () => writeFile(clustersFile, good.replace(cluster.uid, '00000000-0000-0000-0000-000000000000')),
      /leads to another cluster/,
    ],
    [
      'no such context',
      () => writeFile(clustersFile, good.replace(`context: ${cluster.context}`, 'context: elsewhere')),
      /elsewhere/,
    ],
    ['no such kubeconfig', () => writeFile(clustersFile, good.replace(kubeconfig, `${kubeconfig}.gone`)), /\.gone/],
    ['a kubeconfig that is not YAML', () => withKubeconfig(() => 'clusters: [unclosed'), /kubeconfig/],
    ['credentials that are not accepted', () => withKubeconfig((yaml) => yaml.replace(token, 'expired')), /401/],
    [
      'a server that is not there',
      () => withKubeconfig((yaml) => yaml.replace(server, 'ftp://nowhere')),
      /nowhere|ftp|server/i,
    ],
    ['clusters.yaml that is not YAML', () => writeFile(clustersFile, 'clusters: {'), /line \d+/],
    [
      'clusters.yaml with a wrong value',
      () => writeFile(clustersFile, good.replace('soak: 200ms', 'soak: soon')),
      /soak.*soon|soon.*soak/s,
    ],
  ];
  for (const [what, arrange, message] of cases) {
    await arrange();
    const { code, output } = await start();
    expect.soft(output, what).toMatch(message);
    expect.soft(output, `${what}: no stack trace`).not.toMatch(/^\s+at /m);
    expect.soft(output, `${what}: no token`).not.toContain(token);
    expect.soft(code, what).toBe(2);
  }
  await writeFile(clustersFile, good);
  const unknown = await start('nobody');
  expect.soft(unknown).toMatchObject({ code: 2, output: expect.stringContaining(cluster.name) });

  const admin = await asAdmin(cluster);
  await deleteObject(admin, kubeProxyConfigMap);
  expect
    .soft(await start())
    .toMatchObject({ code: 1, output: expect.stringContaining('ConfigMap kube-system/kube-proxy does not exist') });
  await deleteObject(admin, kubeProxyDaemonSet);
  expect
    .soft(await start())
    .toMatchObject({ code: 1, output: expect.stringContaining('DaemonSet kube-system/kube-proxy does not exist') });
  expect(await cluster.auditWrites(workerUser)).toEqual([]);
});
