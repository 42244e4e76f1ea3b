import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { clustersJsonSchema, schemaPath } from '../../scripts/schema.ts';
import { findCluster, loadClustersFile, parseClustersFile } from '../../src/cluster/clusters-file.ts';

const uid = '0b8d2c1e-5f4a-4c7e-9a51-3f6f2c9d7e10';
const withEntry = (fields: string) =>
  `apiVersion: proxyshift.dev/v1\nclusters:\n  a:\n    kubeconfig: k\n    context: c\n    uid: ${uid}\n${fields}`;
const parse = (text: string) => parseClustersFile(text, '/etc/proxyshift/clusters.yaml');

test('the example file is valid and its defaults are the documented ones', async () => {
  const file = await loadClustersFile('clusters.example.yaml');
  expect(findCluster(file, 'staging')).toMatchObject({
    kubeconfig: `${homedir()}/.kube/config`,
    approval: { approvers: [], timeoutMs: 86_400_000 },
    rollout: { maxUnavailable: '10%', nodeTimeoutMs: 300_000, soakMs: 120_000 },
    calico: { timeoutMs: 600_000 },
  });
  expect(findCluster(file, 'production').rollout.canaryNode).toBe('worker-07');
  expect(findCluster(file, 'production').kubeconfig).toBe(`${process.cwd()}/kubeconfigs/production.yaml`);
});

test('the JSON Schema for editors is in step: npm run schema writes it', async () => {
  expect(await readFile(schemaPath, 'utf8')).toBe(clustersJsonSchema());
});

test('short durations and numbers of nodes are taken as written', () => {
  const { clusters } = parse(withEntry('    rollout: { maxUnavailable: 3, soak: 200ms, nodeTimeout: 1.5m }\n'));
  expect(clusters[0]?.rollout).toEqual({ maxUnavailable: 3, soakMs: 200, nodeTimeoutMs: 90_000 });
});

describe('a person is told what is wrong, where, and what is accepted', () => {
  test.each([
    ['a: [1', 'line 1, column'],
    ['a: 1\na: 2', 'line 2, column 1'],
    ['', 'the file is null'],
    ['apiVersion: v2\nclusters: {}', 'apiVersion is "v2"'],
    [withEntry('    rollout: { soak: soon }\n'), 'clusters.a.rollout.soak is "soon": expected a time span'],
    [withEntry('    rollout: { soak: 5 }\n'), 'clusters.a.rollout.soak is 5: expected string'],
    [withEntry('    rollout: { maxUnavailable: 0 }\n'), 'clusters.a.rollout.maxUnavailable is 0'],
    [withEntry('    rollout: { maxUnavailable: 110% }\n'), 'maxUnavailable is "110%": expected a number of nodes (3)'],
    [withEntry('    contxt: x\n'), '"clusters.a.contxt" is not a known field'],
    ['apiVersion: proxyshift.dev/v1\nclusters: { a: { kubeconfig: k, context: c } }', 'clusters.a.uid is missing'],
    ['apiVersion: proxyshift.dev/v1\nclusters: { a: { kubeconfig: k, context: c, uid: x } }', 'clusters.a.uid is "x"'],
    ['apiVersion: proxyshift.dev/v1\nclusters: { "A B": {} }', '"A B"'],
  ])('%j', (text, expected) => {
    expect(() => parse(text)).toThrowError(
      expect.objectContaining({ kind: 'Invalid', message: expect.stringContaining(expected) }),
    );
  });

  test('a missing file, with how to make one', async () => {
    await expect(loadClustersFile('/nowhere/clusters.yaml')).rejects.toMatchObject({
      kind: 'Invalid',
      message: expect.stringContaining('"/nowhere/clusters.yaml" cannot be read (ENOENT)'),
      details: { hint: expect.stringContaining('clusters.example.yaml') },
    });
  });

  test('an unknown name lists the known ones', () => {
    expect(() => findCluster(parse(withEntry('')), 'b')).toThrowError(
      expect.objectContaining({ details: { hint: 'It has: a.' } }),
    );
  });
});
