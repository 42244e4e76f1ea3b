import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure } from '../../model/failure.ts';
import { cachedPath, install, partialPath, withLock } from './cache.ts';
import { DownloadFailed, download, NetworkClosed } from './download.ts';
import { BuildFailed, goBuild } from './go-build.ts';
import { type Context, minorOf, type ResolvedBinary, unusable } from './resolution.ts';
import type { BinarySpec } from './specs.ts';

/** Downloads or builds, under this executable's lock: of two processes the second waits and takes what the first made. */
export async function make(spec: BinarySpec, context: Context): Promise<ResolvedBinary> {
  const path = cachedPath(context.cache, spec, context.platform);
  const onWait = () => context.say(spec, 'another process is making it; waiting');
  return await withLock(dirname(path), { onWait, signal: context.signal }, async (signal) => {
    const locked = { ...context, signal };
    if ((await unusable(path, spec, signal)) === undefined) return { path, version: spec.version, source: 'cache' };
    const partial = await partialPath(dirname(path));
    try {
      const tried: string[] = [];
      const source =
        (await tryDownload(spec, partial, locked, tried)) ?? (await tryBuild(spec, partial, locked, tried));
      if (!source) throw unobtainable(spec, tried);
      signal.throwIfAborted();
      await install(partial, path);
      return { path, version: spec.version, source };
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  });
}

async function tryDownload(
  spec: BinarySpec,
  partial: string,
  context: Context,
  tried: string[],
): Promise<'download' | undefined> {
  const source = spec.download(context.platform);
  const { os, arch } = context.platform;
  if (!source) {
    tried.push(`Download: its vendor has none for ${os}/${arch}.`);
    return undefined;
  }
  if (context.network.closed !== undefined) {
    tried.push(`Download: ${context.network.closed}.`);
    return undefined;
  }
  try {
    context.say(spec, `downloading ${source.url}`);
    const onProgress = (line: string) => context.say(spec, line);
    await download(source, partial, { onProgress, signal: context.signal });
    const why = await unusable(partial, spec, context.signal);
    if (why === undefined) return 'download';
    throw new DownloadFailed(`what was downloaded does not work: ${why}`);
  } catch (error) {
    if (!(error instanceof NetworkClosed || error instanceof DownloadFailed)) throw error;
    if (error instanceof NetworkClosed) context.network.closed = `no network (${error.message})`;
    context.say(spec, `no download: ${error.message}`);
    tried.push(`Download: ${error.message}.`);
    return undefined;
  }
}

async function tryBuild(
  spec: BinarySpec,
  partial: string,
  context: Context,
  tried: string[],
): Promise<'build' | undefined> {
  const { tools, environment, cache } = context;
  try {
    // One build on the machine at a time: two would only slow each other down, and often compile the same packages.
    await withLock(
      join(cache, 'build'),
      { onWait: () => context.say(spec, 'waiting for the build of another process'), signal: context.signal },
      async (signal) => {
        const onProgress = (line: string) => context.say(spec, line);
        await goBuild(spec, partial, { tools, environment, onProgress, signal });
      },
    );
    const why = await unusable(partial, spec, context.signal);
    if (why === undefined) return 'build';
    throw new BuildFailed(`what was built does not work: ${why}`);
  } catch (error) {
    if (!(error instanceof BuildFailed)) throw error;
    tried.push(`Build: ${error.message}.`);
    return undefined;
  }
}

function unobtainable(spec: BinarySpec, tried: readonly string[]): Failure {
  return new Failure('Invalid', `${spec.name} ${spec.version} could neither be found, downloaded nor built.`, {
    object: spec.name,
    hint: [
      ...tried,
      'Ways to get it:',
      `  - set ${spec.variable} to the path of ${spec.name} ${spec.version};`,
      `  - put ${spec.name} ${minorOf(spec.version)} on PATH;`,
      '  - install Go (https://go.dev/dl) and run this again: it builds what is missing;',
      '  - run this where the network is open, and copy the cache.',
    ].join('\n  '),
  });
}
