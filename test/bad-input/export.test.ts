import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { readExport } from '../../src/cluster/export/read-export.ts';
import { refusalOf } from './support/refusal.ts';

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'proxyshift-export-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const bomb = Array.from({ length: 10 }, (_, n) => `l${n}: &l${n} [${Array(9).fill(n === 0 ? 'x' : `*l${n - 1}`)}]`);
const list = (...items: string[]) =>
  `apiVersion: v1\nkind: List\nitems:\n${items.map((item) => `- ${item}\n`).join('')}`;
const node = '{ apiVersion: v1, kind: Node, metadata: { name: cp-1 } }';
const asKubectl = '`kubectl get KIND -A -o yaml`';

it.each<[string, string, string | Uint8Array, string, string]>([
  [
    'what is not YAML',
    'nodes.yaml',
    'items: [unclosed',
    'nodes.yaml of the export is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ] (line 1, column 17)',
    asKubectl,
  ],
  [
    'JSON that was cut off',
    'nodes.json',
    '{"kind": "List", "items": [{"kind"',
    'nodes.json of the export is not valid YAML: Flow map in block collection must be sufficiently indented and end with a } (line 1, column 35)',
    asKubectl,
  ],
  [
    'a key twice',
    'nodes.yaml',
    'kind: List\nkind: List\n',
    'nodes.yaml of the export is not valid YAML: the key "kind" is there twice in one mapping, and once is expected (line 2, column 1)',
    asKubectl,
  ],
  [
    'a table',
    'nodes.yaml',
    'NAME   STATUS\ncp-1   Ready\n',
    'nodes.yaml of the export is not an object of Kubernetes: it is "NAME   STATUS cp-1   Ready": expected an object with apiVersion, kind, metadata',
    asKubectl,
  ],
  [
    'names',
    'nodes.yaml',
    'node/cp-1\n',
    'nodes.yaml of the export is not an object of Kubernetes: it is "node/cp-1": expected an object with apiVersion, kind, metadata',
    asKubectl,
  ],
  [
    'a name that would be a command where it is pasted',
    'nodes.yaml',
    list('{ apiVersion: v1, kind: Node, metadata: { name: "$(reboot)" } }'),
    'item 1 of the list in nodes.yaml of the export is not an object of Kubernetes: metadata.name is "$(reboot)": expected a name as Kubernetes takes it',
    asKubectl,
  ],
  [
    'the message of an error',
    'nodes.yaml',
    'Error from server (Forbidden): nodes is forbidden\n',
    'nodes.yaml of the export is not an object of Kubernetes: apiVersion is missing: expected a string; kind is missing: expected a string; metadata is missing: expected an object with name',
    asKubectl,
  ],
  [
    'a list of something else',
    'nodes.yaml',
    '[1, 2]',
    'nodes.yaml of the export is not an object of Kubernetes: it is [1, 2]: expected an object with apiVersion, kind, metadata',
    asKubectl,
  ],
  [
    'aliases',
    'nodes.yaml',
    bomb.join('\n'),
    'nodes.yaml of the export is not valid YAML: it has aliases ("*name"), which are not read here',
    asKubectl,
  ],
  [
    'an object that holds itself',
    'nodes.yaml',
    '&a { kind: List, items: [*a] }',
    'nodes.yaml of the export is not valid YAML: it has aliases ("*name"), which are not read here',
    asKubectl,
  ],
  [
    'a file that is packed',
    'nodes.yaml',
    gzipSync(list(node)),
    'nodes.yaml of the export is not text in UTF-8',
    'Unpack what is packed.',
  ],
  [
    'UTF-16, as Windows PowerShell writes it',
    'nodes.yaml',
    Buffer.from(`\ufeff${list(node)}`, 'utf16le'),
    'nodes.yaml of the export is not text in UTF-8',
    'Out-File -Encoding utf8',
  ],
  [
    'NUL bytes',
    'nodes.yaml',
    `a: ${'\0'.repeat(9)}`,
    'nodes.yaml of the export is not text in UTF-8',
    'Unpack what is packed.',
  ],
  [
    'an object without a name',
    'nodes.yaml',
    list('{ apiVersion: v1, kind: Node, metadata: {} }'),
    'item 1 of the list in nodes.yaml of the export is not an object of Kubernetes: metadata.name is missing: expected a string',
    asKubectl,
  ],
  [
    'a kind without anything',
    'nodes.yaml',
    'kind: Node\n',
    'nodes.yaml of the export is not an object of Kubernetes: apiVersion is missing: expected a string; metadata is missing: expected an object with name',
    asKubectl,
  ],
  [
    'an object without a kind, after a good one',
    'nodes.yaml',
    list(node, '{ metadata: { name: b } }'),
    'item 2 of the list in nodes.yaml of the export is not an object of Kubernetes: apiVersion is missing: expected a string; kind is missing: expected a string',
    asKubectl,
  ],
  [
    'kinds that are none',
    'nodes.yaml',
    list('{ apiVersion: 1, kind: "", metadata: { name: [a] } }'),
    'item 1 of the list in nodes.yaml of the export is not an object of Kubernetes: apiVersion is 1: expected a string; kind is "": expected at least 1 character; metadata.name is ["a"]: expected a string',
    asKubectl,
  ],
  [
    'labels of another type',
    'nodes.yaml',
    list('{ apiVersion: v1, kind: Node, metadata: { name: a, labels: { x: 1 } } }'),
    'item 1 of the list in nodes.yaml of the export is not an object of Kubernetes: metadata.labels.x is 1: expected a string',
    asKubectl,
  ],
  [
    'a label whose name a terminal would act on',
    'nodes.json',
    '{ "apiVersion": "v1", "kind": "Node", "metadata": { "name": "a", "labels": { "\\u001b[31m": 1 } } }',
    'nodes.json of the export is not an object of Kubernetes: metadata.labels["\\u001b[31m"] is 1: expected a string',
    asKubectl,
  ],
  [
    'an item that is a word',
    'nodes.yaml',
    list(node, 'cp-2'),
    'item 2 of the list in nodes.yaml of the export is not an object of Kubernetes: it is "cp-2": expected an object with apiVersion, kind, metadata',
    asKubectl,
  ],
  [
    'items that are no list',
    'nodes.yaml',
    'kind: NodeList\nitems: { a: 1 }\n',
    'nodes.yaml of the export is not an object of Kubernetes: items is {"a": …}: expected a list of objects',
    asKubectl,
  ],
  [
    'a bad object in a list in a list',
    'all.yaml',
    list(`{ kind: List, items: [${node}, { kind: Pod }] }`),
    'item 2 of the list in item 1 of the list in all.yaml of the export is not an object of Kubernetes: apiVersion is missing: expected a string; metadata is missing: expected an object with name',
    asKubectl,
  ],
  [
    'a version of the client alone',
    'version.yaml',
    'clientVersion: { gitVersion: v1.36.0 }\n',
    'version.yaml of the export does not tell the version of the API server: serverVersion is missing: expected an object with gitVersion',
    '`kubectl version -o yaml`',
  ],
  [
    'a version that is none',
    'version.yaml',
    'serverVersion: { gitVersion: banana }\n',
    'version.yaml of the export does not tell the version of the API server: serverVersion.gitVersion is "banana": expected a version such as "v1.35.4"',
    '`kubectl version -o yaml`',
  ],
  [
    'a version as text',
    'version.yaml',
    'Server Version: v1.35.4\n',
    'version.yaml of the export does not tell the version of the API server: serverVersion is missing: expected an object with gitVersion',
    '`kubectl version -o yaml`',
  ],
])('%s', async (_, name, content, message, hint) => {
  const folder = await newFolder();
  await writeFile(join(folder, name), content);
  const refused = await refusalOf(() => readExport(folder));
  expect(refused).toMatchObject({ kind: 'Invalid', message });
  expect(refused.shown).toContain(hint);
});

it('a folder that is named like a file', async () => {
  const folder = await newFolder();
  await mkdir(join(folder, 'nodes.yaml'));
  const { kind, message } = await refusalOf(() => readExport(folder));
  expect({ kind, message }).toEqual({
    kind: 'Invalid',
    message: 'nodes.yaml of the export cannot be read: it is a folder',
  });
});

it('a folder that is none, is not there, or has nothing to read in it', async () => {
  const folder = await newFolder();
  await writeFile(join(folder, 'nodes.txt'), 'x');
  for (const [path, why] of [
    ['/nowhere/export', 'cannot be read (ENOENT)'],
    [join(folder, 'nodes.txt'), 'cannot be read (ENOTDIR)'],
    [folder, 'has no .yaml, .yml or .json file'],
  ] as const) {
    const refused = await refusalOf(() => readExport(path));
    expect(refused).toMatchObject({ kind: 'Invalid', message: `The export "${path}" ${why}` });
    expect(refused.shown).toMatch(/kubectl get (KIND|nodes) /);
  }
});
