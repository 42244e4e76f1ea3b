import { execFile } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import semver from 'semver';
import type { BinarySpec } from './specs.ts';
import { spawnTied } from './tied-process.ts';

const run = promisify(execFile);

/** Between two progress lines of a build, in ms. */
const progressInterval = 10_000;
/** How many of Go's last lines an error quotes. */
const quotedLines = 8;

/** Why there is no build: no Go, one that is too old, or a build that failed. */
export class BuildFailed extends Error {
  override readonly name = 'BuildFailed';
}

export interface BuildOptions {
  /** The folder that holds the pinned modules. */
  tools: string;
  environment: NodeJS.ProcessEnv;
  onProgress?: ((line: string) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Builds `spec` from its pinned module into `path`. One build at a time: Go itself uses every core.
 *
 * @throws BuildFailed with a sentence for a person, or the reason of `signal`: then Go and its compilers have ended.
 */
export async function goBuild(spec: BinarySpec, path: string, options: BuildOptions): Promise<void> {
  const directory = join(options.tools, spec.build.module);
  const work = `${path}.work`;
  const env = {
    ...options.environment,
    CGO_ENABLED: '0',
    // An interrupted Go leaves its working folder behind (measured: Go 1.26): here it is found and removed.
    GOTMPDIR: work,
    // A go.work above an npm package is none of our business, nor is the platform somebody cross-compiles for.
    GOWORK: 'off',
    GOOS: '',
    GOARCH: '',
  };
  await mkdir(work, { recursive: true });
  try {
    await build(spec, path, directory, env, options);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function build(
  spec: BinarySpec,
  path: string,
  directory: string,
  env: NodeJS.ProcessEnv,
  { signal, onProgress }: BuildOptions,
): Promise<void> {
  const go = await findGo(directory, env, signal);
  const args = ['build', '-trimpath', '-buildvcs=false', '-mod=readonly', '-ldflags', spec.build.ldflags.join(' ')];
  const started = performance.now();
  const elapsed = () => Math.round((performance.now() - started) / 1000);
  const expected = `${spec.build.expectedMinutes} min on 2 cores the first time, seconds afterwards`;
  onProgress?.(`building with ${go.version} (about ${expected})`);

  const child = spawnTied(go.path, [...args, '-o', path, spec.build.package], { cwd: directory, env });
  child.stdout.resume();
  const lastLines: string[] = [];
  let doing = '';
  createInterface({ input: child.stderr }).on('line', (line) => {
    lastLines.push(line);
    lastLines.splice(0, lastLines.length - quotedLines);
    if (line.startsWith('go: downloading ')) doing = `, fetching ${line.slice('go: downloading '.length)}`;
  });
  const ticker = setInterval(() => {
    onProgress?.(`building: ${elapsed()} s of about ${spec.build.expectedMinutes * 60} s${doing}`);
    doing = '';
  }, progressInterval);
  const abort = () => void child.stop();
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  try {
    const { code, signal: killedBy } = await child.exited;
    signal?.throwIfAborted();
    if (code !== 0) {
      const how = killedBy ? `was killed by ${killedBy}` : `ended with ${code}`;
      throw new BuildFailed(`"go build ${spec.build.package}" ${how}:\n${lastLines.map((l) => `    ${l}`).join('\n')}`);
    }
    onProgress?.(`built in ${elapsed()} s`);
  } finally {
    clearInterval(ticker);
    signal?.removeEventListener('abort', abort);
  }
}

/**
 * The first Go on PATH, in GOROOT or in Go's own place of installation that is new enough for the module.
 *
 * Go is asked inside the module's folder: with `GOTOOLCHAIN=auto`, Go's default, an older Go then fetches and runs the
 * version that go.mod asks for.
 */
async function findGo(
  directory: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<{ path: string; version: string }> {
  const wanted = /^go (\S+)$/m.exec(await readFile(join(directory, 'go.mod'), 'utf8'))?.[1] ?? '1.21.0';
  const folders = [
    ...(env.PATH ?? '').split(delimiter).filter(isAbsolute),
    ...(env.GOROOT ? [join(env.GOROOT, 'bin')] : []),
    '/usr/local/go/bin',
  ];
  const passedOver: string[] = [];
  for (const path of new Set(folders.map((folder) => join(folder, 'go')))) {
    let version: string;
    try {
      version = (
        await run(path, ['env', 'GOVERSION'], { cwd: directory, env, ...(signal && { signal }) })
      ).stdout.trim();
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') continue;
      passedOver.push(`${path}: ${errorLine(error)}`);
      continue;
    }
    const found = semver.coerce(version);
    if (found && semver.gte(found, semver.coerce(wanted) ?? '0.0.0')) return { path, version };
    passedOver.push(`${path} is ${version}`);
  }
  const why = passedOver.length > 0 ? `: ${passedOver.join('; ')}` : ' on PATH or in /usr/local/go';
  throw new BuildFailed(`a build needs Go ${wanted} or newer, and there is none${why}`);
}

function errorLine(error: unknown): string {
  if (error instanceof Error && 'stderr' in error && typeof error.stderr === 'string' && error.stderr.trim()) {
    return error.stderr.trim().split('\n').at(-1) ?? '';
  }
  return error instanceof Error ? error.message : String(error);
}
