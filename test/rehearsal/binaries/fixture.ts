import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { BinarySpec } from '../../../src/rehearsal/binaries/specs.ts';

/** A temporary folder that is gone when the test is. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'proxyshift-binaries-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A specification of an executable called `greeter`, which the Go module of {@link writeGreeter} builds in a second. */
export const greeter: BinarySpec = {
  name: 'greeter',
  version: '1.2.3',
  variable: 'PROXYSHIFT_GREETER',
  versionArguments: ['--version'],
  build: { module: 'greeter', package: '.', ldflags: ['-X main.version=1.2.3'], expectedMinutes: 1 },
  download: () => undefined,
};

/** Writes `tools/greeter` below `folder` and answers the path of `tools`. */
export async function writeGreeter(folder: string, source?: string, go = '1.21'): Promise<string> {
  const module = join(folder, 'tools', 'greeter');
  await mkdir(module, { recursive: true });
  await writeFile(join(module, 'go.mod'), `module proxyshift.test/greeter\n\ngo ${go}\n`);
  await writeFile(
    join(module, 'main.go'),
    source ?? 'package main\n\nvar version = "unset"\n\nfunc main() { println("greeter version v" + version) }\n',
  );
  return join(folder, 'tools');
}

/** Writes an executable shell script. */
export async function writeScript(path: string, body: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}

/** The environment of a test: its own cache, Go's caches as they are, no network, and `folders` first on PATH. */
export function environment(cache: string, ...folders: string[]): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PROXYSHIFT_CACHE: cache,
    PROXYSHIFT_NO_DOWNLOAD: '1',
    PATH: [...folders, process.env.PATH].join(delimiter),
  };
}
