import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readExport } from '../../../src/cluster/export/read-export.ts';

/** A folder with these files. */
async function folder(files: Record<string, string>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'proxyshift-export-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return directory;
}

const node = (name: string) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } });
const names = (objects: readonly { metadata: { name: string } }[] | undefined) =>
  objects?.map(({ metadata }) => metadata.name);

it('takes lists and single objects, YAML and JSON, one document or many', async () => {
  const { objects, version } = await readExport(
    await folder({
      'nodes.json': JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [node('a')] }),
      'more.yaml': `kind: NodeList\napiVersion: v1\nitems:\n- ${JSON.stringify(node('b'))}\n---\n${JSON.stringify(node('c'))}\n`,
      'version.yaml': 'clientVersion: {gitVersion: v1.36.0}\nserverVersion: {gitVersion: v1.35.4}\n',
      'README.txt': 'not read: [',
    }),
  );
  expect(names(objects.get('nodes'))?.sort()).toEqual(['a', 'b', 'c']);
  expect(version).toBe('v1.35.4');
});

it.each([
  ['an empty list', 'apiVersion: v1\nkind: List\nitems: []\n'],
  ['a list without items', 'apiVersion: v1\nkind: List\nitems: null\n'],
  ['an empty file, as of a kind that the cluster does not have', ''],
])('a file named for a kind says that it was exported, with %s', async (_, text) => {
  const { objects } = await readExport(
    await folder({ 'services.yaml': text, 'installations.operator.tigera.io.yml': '' }),
  );
  expect(objects.get('services')).toEqual([]);
  expect(objects.get('installations')).toEqual([]);
  expect(objects.has('nodes')).toBe(false);
});

it('takes lists in a list, and an object whose kind only ends like a list', async () => {
  const accessList = { apiVersion: 'example.com/v1', kind: 'AccessList', metadata: { name: 'c' } };
  const { objects } = await readExport(
    await folder({
      'all.json': JSON.stringify({
        kind: 'List',
        items: [{ kind: 'List', items: [node('a'), accessList] }, node('b')],
      }),
    }),
  );
  expect(names(objects.get('nodes'))).toEqual(['a', 'b']);
  expect(names(objects.get('accesslists'))).toEqual(['c']);
});
