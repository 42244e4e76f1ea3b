import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../../src/rehearsal/binaries/package-root.ts';
import { currentPlatform } from '../../../src/rehearsal/binaries/platform.ts';
import { locateBinaries } from '../../../src/rehearsal/binaries/resolve.ts';
import { binaryNames, binarySpecs } from '../../../src/rehearsal/binaries/specs.ts';
import { versions } from '../../../src/rehearsal/binaries/versions.ts';
import { environment, temporaryFolder } from './fixture.ts';

const platforms = (['linux', 'darwin'] as const).flatMap((os) =>
  (['amd64', 'arm64'] as const).map((arch) => ({ os, arch })),
);

async function goMod(module: string): Promise<string> {
  return await readFile(join(packageRoot(), 'tools', module, 'go.mod'), 'utf8');
}

test.each([
  ['temporal', 'github.com/temporalio/cli', versions.temporal],
  ['kubernetes', 'k8s.io/kubernetes', versions.kubernetes],
  ['etcd', 'go.etcd.io/etcd/server/v3', versions.etcd],
  ['kwok', 'sigs.k8s.io/kwok', versions.kwok],
])('tools/%s/go.mod builds the pinned version', async (module, path, version) => {
  const lines = (await goMod(module)).split('\n').map((line) => line.trim().replace(/^require /, ''));
  expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^${path} v${version.replaceAll('.', '\\.')}( |$)`)));
});

test('each executable is a tool of its module', async () => {
  for (const name of binaryNames) {
    const { module, package: path } = binarySpecs[name].build;
    expect(await goMod(module)).toContain(path);
  }
});

test('each download is https, of the pinned version, for this platform, with a checksum', () => {
  for (const platform of platforms) {
    for (const name of binaryNames) {
      const spec = binarySpecs[name];
      const source = spec.download(platform);
      if (!source) {
        expect(platform.os, `${name} has no download`).toBe('darwin');
        continue;
      }
      expect(source.url).toMatch(/^https:/);
      expect(source.url).toContain(spec.version);
      expect(source.url).toContain(platform.os);
      expect(source.url).toContain(platform.arch);
      expect(source.checksum.url).toMatch(/^https:/);
    }
  }
});

test('a platform on which nothing runs is refused by name', () => {
  expect(currentPlatform('darwin', 'arm64')).toEqual({ os: 'darwin', arch: 'arm64' });
  expect(() => currentPlatform('win32', 'x64')).toThrow('win32/x64');
  expect(() => currentPlatform('linux', 'riscv64')).toThrow('linux/riscv64');
});

test('etcd is really built from its pinned module, and says the pinned version', { timeout: 300_000 }, async () => {
  const cache = await temporaryFolder();
  // Without an etcd of this machine on PATH.
  const { PROXYSHIFT_ETCD: _, ...env } = environment(cache);
  const { etcd } = await locateBinaries(['etcd', 'etcd'], { environment: env });
  expect(etcd.version.split('.').slice(0, 2)).toEqual(versions.etcd.split('.').slice(0, 2));
});
