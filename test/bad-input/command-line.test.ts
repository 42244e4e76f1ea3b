import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli } from '../cli/support/run-cli.ts';

/** Nobody listens on port 1 (tcpmux) of a machine that runs tests. */
const noTemporal = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
const uid = '0b8d2c1e-5f4a-4c7e-9a51-3f6f2c9d7e10';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxyshift-bad-input-'));
  const clusters = (fields: string) => `apiVersion: proxyshift.dev/v1\nclusters: { prod-1: { ${fields} } }\n`;
  const entry = (kubeconfig: string) => clusters(`kubeconfig: ${kubeconfig}, context: prod, uid: ${uid}`);
  await writeFile(join(folder, 'soon.yaml'), clusters('kubeconfig: k, uid: 5, rollout: { soak: soon }'));
  await writeFile(join(folder, 'no-contexts.yaml'), entry('words'));
  await writeFile(join(folder, 'words'), 'token: s3cret\n');
  await writeFile(join(folder, 'not-yaml.yaml'), entry('unclosed'));
  await writeFile(join(folder, 'unclosed'), 'users:\n- { name: u, token: s3cret\n');
  const kubeadm = join(import.meta.dirname, '../fixtures/exports/kubeadm');
  await cp(kubeadm, join(folder, 'export'), { recursive: true });
  await writeFile(join(folder, 'export', 'nodes.yaml'), 'NAME STATUS\ncp-1 Ready\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/**
 * That what the borders refuse comes out of the process as it should. `DIR` stands for the working folder. Options that
 * commander refuses are in test/cli.
 */
it.each<[string[], string]>([
  [
    ['check', 'prod-1', '--clusters', 'soon.yaml'],
    'error: The clusters file "DIR/soon.yaml" is not valid: clusters.prod-1.context is missing: expected the name of a context; clusters.prod-1.uid is 5: expected the uid of the namespace kube-system, as kubectl prints it; clusters.prod-1.rollout.soak is "soon": expected a time span such as "200ms", "90s", "10m", "24h"\n  clusters.example.yaml shows every field; editors complete them with schema/clusters.schema.json.\n',
  ],
  [
    ['check', 'prod-1', '--clusters', 'no-contexts.yaml', '-o', 'json'],
    'error: The kubeconfig "DIR/words" has no contexts\n  Expected what `kubectl config view --raw` prints. Check `kubeconfig` in clusters.yaml.\n',
  ],
  [
    ['check', 'prod-1', '--clusters', 'not-yaml.yaml'],
    'error: The kubeconfig "DIR/unclosed" is not valid YAML (line 3)\n  See what kubectl says: kubectl config view --kubeconfig DIR/unclosed\n',
  ],
  [
    ['check', '--from', 'export', '-o', 'json'],
    'error: nodes.yaml of the export is not an object of Kubernetes: it is "NAME STATUS cp-1 Ready": expected an object with apiVersion, kind, metadata\n  Export with `kubectl get KIND -A -o yaml`; a table, or -o name, cannot be read.\n',
  ],
  [
    ['start', 'prod-1', '--requester', 'a\u001b[31mda'],
    'error: --requester is "a\\u001b[31mda": expected a name without control characters.\n',
  ],
  [
    ['approve', 'prod-1', '--expires', '169h'],
    "error: option '--expires <time>' argument '169h' is invalid. Expected more than 0, and at most 168h.\nRun with --help to see what is possible.\n",
  ],
  [
    ['approve', 'prod-1', '--expires', '8d'],
    'error: option \'--expires <time>\' argument \'8d\' is invalid. Expected a time span such as "500ms", "30s", "5m".\nRun with --help to see what is possible.\n',
  ],
])('proxyshift %j ends with 2 and says why, on standard error alone', async (args, expected) => {
  const { code, stdout, stderr } = await runCli(args, noTemporal, folder);
  expect({ code, stdout, stderr: stderr.replaceAll(folder, 'DIR') }).toEqual({ code: 2, stdout: '', stderr: expected });
  expect(stderr).not.toContain('s3cret');
});
