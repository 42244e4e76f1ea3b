import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadKubeConfig } from '../../src/cluster/kubeconfig.ts';
import { refusalOf } from './support/refusal.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxyshift-kubeconfig-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A kubeconfig whose context `prod` has everything, but for these. */
const kubeconfig = ({ cluster = {}, context = {}, ...top }: Record<string, unknown> = {}) =>
  JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://192.0.2.1:6443', ...Object(cluster) } }],
    contexts: [{ name: 'prod', context: { cluster: 'c', user: 'u', ...Object(context) } }],
    users: [{ name: 'u', user: { token: 's3cret' } }],
    ...top,
  });

/** `FILE` stands for the path. What is in the file is not quoted, but for the names of contexts, clusters and users. */
it.each<[string, string, string]>([
  [
    'an empty file',
    '',
    'The kubeconfig "FILE" has no contexts\n  Expected what `kubectl config view --raw` prints. Check `kubeconfig` in clusters.yaml.',
  ],
  [
    'words',
    'just s3cret words',
    'The kubeconfig "FILE" has no contexts\n  Expected what `kubectl config view --raw` prints. Check `kubeconfig` in clusters.yaml.',
  ],
  [
    'a list',
    '- s3cret\n',
    'The kubeconfig "FILE" has no contexts\n  Expected what `kubectl config view --raw` prints. Check `kubeconfig` in clusters.yaml.',
  ],
  [
    'what is not YAML',
    'users:\n- name: u\n  user: { token: s3cret\n  x: [}\n',
    'The kubeconfig "FILE" is not valid YAML (line 4)\n  See what kubectl says: kubectl config view --kubeconfig FILE',
  ],
  [
    'a key twice',
    'users: s3cret\nusers: s3cret\n',
    'The kubeconfig "FILE" is not valid YAML (line 2)\n  See what kubectl says: kubectl config view --kubeconfig FILE',
  ],
  [
    'binary data',
    '\0\0s3cret',
    'The kubeconfig "FILE" is not valid YAML (line 1)\n  See what kubectl says: kubectl config view --kubeconfig FILE',
  ],
  [
    'no contexts',
    kubeconfig({ contexts: [] }),
    'The kubeconfig "FILE" has no contexts\n  Expected what `kubectl config view --raw` prints. Check `kubeconfig` in clusters.yaml.',
  ],
  [
    'contexts that are no list',
    kubeconfig({ contexts: { prod: 's3cret' } }),
    'The kubeconfig "FILE" has no contexts\n  Expected what `kubectl config view --raw` prints. Check `kubeconfig` in clusters.yaml.',
  ],
  [
    'another context',
    kubeconfig().replace('"prod"', '"staging"'),
    'The kubeconfig "FILE" has no context "prod"\n  It has: staging. Set `context` in clusters.yaml to one of these.',
  ],
  [
    'a context without a name',
    kubeconfig({ contexts: [{ context: { token: 's3cret' } }] }),
    'The kubeconfig "FILE" is not valid: contexts[0].name is missing\n  See what kubectl says: kubectl config view --kubeconfig FILE',
  ],
  [
    'a cluster that is not there',
    kubeconfig({ context: { cluster: 'gone' } }),
    'In the kubeconfig "FILE", context "prod" names a cluster "gone" that is not there; it has c',
  ],
  [
    'a user that is not there',
    kubeconfig({ context: { user: 'gone' } }),
    'In the kubeconfig "FILE", context "prod" names a user "gone" that is not there; it has u',
  ],
  [
    'a token in a file that is not there',
    kubeconfig({ users: [{ name: 'u', user: { 'token-file': '/nowhere/s3cret' } }] }),
    'The kubeconfig "FILE" is not valid: a file that it names cannot be read (ENOENT)\n  See what kubectl says: kubectl config view --kubeconfig FILE',
  ],
  [
    'no server',
    kubeconfig({ cluster: { server: undefined } }),
    'The kubeconfig "FILE" is not valid: clusters[0].cluster.server is missing\n  See what kubectl says: kubectl config view --kubeconfig FILE',
  ],
  [
    'a server that is a number',
    kubeconfig({ cluster: { server: 5 } }),
    'The kubeconfig "FILE" is not valid: a field has another type than kubectl gives it\n  See what kubectl says: kubectl config view --kubeconfig FILE',
  ],
  [
    'a server that is no URL',
    kubeconfig({ cluster: { server: 'https://u:s3cret@host:port' } }),
    'In the kubeconfig "FILE", context "prod" has a server that is no URL, such as https://HOST:6443',
  ],
  [
    'a server by FTP',
    kubeconfig({ cluster: { server: 'ftp://u:s3cret@host' } }),
    'In the kubeconfig "FILE", context "prod" has a server that is no URL, such as https://HOST:6443',
  ],
  [
    'a server without TLS',
    kubeconfig({ cluster: { server: 'http://u:s3cret@host' } }),
    'In the kubeconfig "FILE", context "prod" uses plain HTTP without insecure-skip-tls-verify; expected https://',
  ],
])('%s', async (_, text, message) => {
  const path = join(folder, 'kubeconfig');
  await writeFile(path, text);
  const { kind, shown } = await refusalOf(() => loadKubeConfig(path, 'prod'));
  expect({ kind, shown: shown.replaceAll(path, 'FILE') }).toEqual({ kind: 'Invalid', shown: message });
  expect(shown).not.toContain('s3cret');
});

it('a file that is not there, and one that is a folder', async () => {
  for (const [path, code] of [
    [join(folder, 'gone'), 'ENOENT'],
    [folder, 'EISDIR'],
  ] as const) {
    const refused = await refusalOf(() => loadKubeConfig(path, 'prod'));
    expect(refused).toMatchObject({ kind: 'Invalid', message: `The kubeconfig "${path}" cannot be read (${code})` });
    expect(refused.shown).toContain('Check `kubeconfig` in clusters.yaml: a path on the worker');
  }
});
