import { execFile } from 'node:child_process';
import { access, chmod, copyFile, mkdir, readdir, readFile, truncate, watch, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { describeFailure, Failure } from '../../../src/model/failure.ts';
import { cacheDirectory, cachedPath } from '../../../src/rehearsal/binaries/cache.ts';
import { currentPlatform } from '../../../src/rehearsal/binaries/platform.ts';
import { locateBinary } from '../../../src/rehearsal/binaries/resolve.ts';
import { environment, greeter, temporaryFolder, writeGreeter, writeScript } from './fixture.ts';

const run = promisify(execFile);
/** A build of the fixture with an empty Go cache compiles Go's runtime first, in ms. */
const buildTimeout = 120_000;

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Failure) return error;
  throw error ?? new Error('it did not fail');
}

function cached(cache: string): string {
  return cachedPath(cache, greeter, currentPlatform());
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
}

describe('an explicit path', () => {
  test('is used, and a version other than the tested one is told', async () => {
    const folder = await temporaryFolder();
    const path = await writeScript(join(folder, 'my-greeter'), 'echo greeter v2.0.0');
    const lines: string[] = [];
    const found = await locateBinary(greeter, {
      environment: { ...environment(folder), PROXYSHIFT_GREETER: path },
      onProgress: (line) => lines.push(line),
    });
    expect(found).toEqual({ path, version: '2.0.0', source: 'explicit' });
    expect(lines).toEqual([expect.stringContaining('which is 2.0.0; tested with 1.2.3')]);
  });

  test.each([
    ['that does not exist', 'absent', undefined, 'there is no such file'],
    ['that is a folder', '.', undefined, 'it is not a file'],
    ['that fails', 'bad', 'echo "no such flag" >&2; exit 3', 'no such flag'],
    ['that prints no version', 'mute', 'echo hello', 'printed no version but "hello"'],
  ])('%s is refused by name, with the reason and what to do', async (_, name, body, why) => {
    const folder = await temporaryFolder();
    const path = join(folder, name);
    if (body) await writeScript(path, body);
    const env = { ...environment(folder), PROXYSHIFT_GREETER: path };
    const failure = await failureOf(locateBinary(greeter, { environment: env }));
    expect(failure.kind).toBe('Refused');
    expect(failure.message).toContain(`PROXYSHIFT_GREETER is ${JSON.stringify(path)}`);
    expect(failure.message).toContain(why);
    expect(failure.details.hint).toContain('greeter 1.2.3');
  });

  test('that is not executable is refused', async () => {
    const folder = await temporaryFolder();
    const path = await writeScript(join(folder, 'greeter'), 'echo greeter v1.2.3');
    await chmod(path, 0o644);
    const env = { ...environment(folder), PROXYSHIFT_GREETER: path };
    const failure = await failureOf(locateBinary(greeter, { environment: env }));
    expect(failure.message).toContain('it is not executable');
  });
});

describe('PATH', () => {
  test('another patch release is taken; another minor, a broken one and a relative folder are passed over', async () => {
    const folder = await temporaryFolder();
    const old = await writeScript(join(folder, 'old', 'greeter'), 'echo greeter v1.1.9');
    const broken = await writeScript(join(folder, 'broken', 'greeter'), 'exit 1');
    const good = await writeScript(join(folder, 'good', 'greeter'), 'echo greeter v1.2.9');
    const lines: string[] = [];
    const found = await locateBinary(greeter, {
      environment: environment(folder, 'relative', dirname(old), dirname(broken), dirname(good)),
      onProgress: (line) => lines.push(line),
    });
    expect(found).toEqual({ path: good, version: '1.2.9', source: 'PATH' });
    expect(lines).toEqual([
      `greeter: passed over ${old}: it is 1.1.9, 1.2 is needed`,
      expect.stringContaining(`greeter: passed over ${broken}: "greeter --version" failed`),
    ]);
  });
});

describe('the cache', () => {
  test('is PROXYSHIFT_CACHE, else XDG_CACHE_HOME where it is absolute, else ~/.cache', () => {
    expect(cacheDirectory({ PROXYSHIFT_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a');
    expect(cacheDirectory({ XDG_CACHE_HOME: '/b' })).toBe('/b/proxyshift');
    expect(cacheDirectory({ XDG_CACHE_HOME: 'b' })).toMatch(/\/\.cache\/proxyshift$/);
    expect(cacheDirectory({})).toMatch(/\/\.cache\/proxyshift$/);
  });

  test('a version bump does not take an old file', () => {
    const platform = { os: 'linux', arch: 'amd64' } as const;
    const bumped = { ...greeter, version: '1.2.4' };
    expect(cachedPath('/c', bumped, platform)).not.toBe(cachedPath('/c', greeter, platform));
  });

  test.each([
    ['truncated', (path: string) => truncate(path, 1000)],
    ['not executable', (path: string) => chmod(path, 0o644)],
    ['of another version', (path: string) => writeFile(path, '#!/bin/sh\necho v9.9.9\n')],
  ])('an executable that is %s is made again', { timeout: buildTimeout }, async (_, damage) => {
    const folder = await temporaryFolder();
    const options = { environment: environment(folder), tools: await writeGreeter(folder) };
    expect(await locateBinary(greeter, options)).toMatchObject({ source: 'build', version: '1.2.3' });
    expect(await locateBinary(greeter, options)).toMatchObject({ source: 'cache' });
    await damage(cached(folder));
    const lines: string[] = [];
    const again = await locateBinary(greeter, { ...options, onProgress: (line) => lines.push(line) });
    expect(again).toMatchObject({ source: 'build', version: '1.2.3' });
    expect(lines[0]).toContain('is broken');
  });

  test('that cannot be written is refused, with what to do', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), '');
    const failure = await failureOf(locateBinary(greeter, { environment: environment(join(folder, 'file')) }));
    expect(failure.message).toContain('The cache cannot be written');
    expect(failure.details.hint).toContain('PROXYSHIFT_CACHE');
  });

  test('what a killed process left half-made is removed', { timeout: buildTimeout }, async () => {
    const folder = await temporaryFolder();
    const left = join(dirname(cached(folder)), '.partial-left');
    await mkdir(dirname(left), { recursive: true });
    await writeFile(left, 'half');
    await locateBinary(greeter, { environment: environment(folder), tools: await writeGreeter(folder) });
    await expect(access(left)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('four processes that start at once on an empty cache build once, and all succeed', {
    timeout: buildTimeout,
  }, async () => {
    const folder = await temporaryFolder();
    const tools = await writeGreeter(folder);
    const script = join(import.meta.dirname, 'resolve-greeter.ts');
    const resolve = () => run(process.execPath, [script, tools, JSON.stringify(greeter)], { env: environment(folder) });
    const outputs = await Promise.all([resolve(), resolve(), resolve(), resolve()]);
    const sources = outputs.map(({ stdout }) => JSON.parse(stdout).source).sort();
    expect(sources).toEqual(['build', 'cache', 'cache', 'cache']);
    const progress = outputs.map(({ stderr }) => stderr).join('');
    expect(progress.match(/built in/g)).toHaveLength(1);
    expect(await filesBelow(join(folder, 'bin'))).toEqual(['greeter']);
  });
});

describe('a build', () => {
  test('that fails quotes the compiler and says the ways to get the executable', {
    timeout: buildTimeout,
  }, async () => {
    const folder = await temporaryFolder();
    const tools = await writeGreeter(folder, 'package main\n\nfunc main() { absent() }\n');
    const failure = await failureOf(locateBinary(greeter, { environment: environment(folder), tools }));
    expect(failure.message).toBe('greeter 1.2.3 could neither be found, downloaded nor built.');
    const told = describeFailure(failure);
    expect(told).toContain('undefined: absent');
    expect(told).toContain('PROXYSHIFT_GREETER');
    expect(await filesBelow(join(folder, 'bin'))).toEqual([]);
  });

  test('of something that does not say the pinned version is not kept', { timeout: buildTimeout }, async () => {
    const folder = await temporaryFolder();
    const tools = await writeGreeter(folder, 'package main\n\nfunc main() { println("v0.0.1") }\n');
    const failure = await failureOf(locateBinary(greeter, { environment: environment(folder), tools }));
    expect(failure.details.hint).toContain('it says 0.0.1 instead of 1.2.3');
    expect(await filesBelow(join(folder, 'bin'))).toEqual([]);
  });

  test('with a Go that is too old says which one is needed and which one is there', async () => {
    const folder = await temporaryFolder();
    const tools = await writeGreeter(folder, undefined, '1.99');
    const go = await writeScript(join(folder, 'old', 'go'), 'echo go1.20.1');
    const env = { ...environment(folder), PATH: dirname(go), GOTOOLCHAIN: 'local' };
    const failure = await failureOf(locateBinary(greeter, { environment: env, tools }));
    expect(failure.details.hint).toContain(`a build needs Go 1.99 or newer, and there is none: ${go} is go1.20.1`);
    expect(failure.details.hint).toContain('install Go');
  });

  test('that is aborted ends Go and leaves nothing behind', { timeout: buildTimeout }, async () => {
    const folder = await temporaryFolder();
    const tools = await writeGreeter(folder);
    // A Go whose build writes half of its output and then never ends, as a long build that is interrupted.
    const go = await writeScript(
      join(folder, 'slow', 'go'),
      `[ "$1" = env ] && exec echo go1.99.0
while [ "$1" != -o ]; do shift; done
echo half > "$2"; echo $$ > ${folder}/pid.new; mv ${folder}/pid.new ${folder}/pid
exec sleep 600`,
    );
    const interrupted = new AbortController();
    const reason = new Error('Ctrl-C');
    const changes = watch(folder);
    const resolving = locateBinary(greeter, {
      environment: { ...environment(folder), PATH: `${dirname(go)}:/usr/bin:/bin` },
      tools,
      signal: interrupted.signal,
    });
    for await (const { filename } of changes) if (filename === 'pid') break;
    interrupted.abort(reason);
    await expect(resolving).rejects.toBe(reason);
    const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(await filesBelow(join(folder, 'bin'))).toEqual([]);
  });

  test('that was aborted before it began does not begin', async () => {
    const folder = await temporaryFolder();
    const reason = new Error('Ctrl-C');
    const options = { environment: environment(folder), tools: folder, signal: AbortSignal.abort(reason) };
    await expect(locateBinary(greeter, options)).rejects.toBe(reason);
  });
});

test('an executable that was copied into the cache by hand is used without network and without Go', async () => {
  const folder = await temporaryFolder();
  const script = await writeScript(join(folder, 'elsewhere'), 'echo greeter v1.2.3');
  await mkdir(dirname(cached(folder)), { recursive: true });
  await copyFile(script, cached(folder));
  const env = { ...environment(folder), PATH: '/usr/bin:/bin' };
  expect(await locateBinary(greeter, { environment: env, tools: folder })).toMatchObject({ source: 'cache' });
});
