import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { type Dispatcher, EnvHttpProxyAgent, fetch, type Response } from 'undici';
import { z } from 'zod';
import type { DownloadSource } from './specs.ts';

const run = promisify(execFile);

/** How long a connection may take, in ms: a closed network must not keep a person waiting. */
const connectTimeout = 3_000;
/** How long a vendor may be silent before and between bytes, in ms. */
const silence = 20_000;
/** Between two progress lines, in ms. */
const progressInterval = 5_000;

/** Nothing could be reached: no other download needs to be tried. */
export class NetworkClosed extends Error {
  override readonly name = 'NetworkClosed';
}

/** This one file could not be had: it is not there, or it is not what its checksum says. */
export class DownloadFailed extends Error {
  override readonly name = 'DownloadFailed';
}

export interface DownloadOptions {
  onProgress?: ((line: string) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Downloads a vendor's executable to `path`, which is written only when the sha256 that the vendor publishes was met.
 * Uses `HTTPS_PROXY` and `NO_PROXY`.
 *
 * @throws NetworkClosed, DownloadFailed, or the reason of `signal`.
 */
export async function download(source: DownloadSource, path: string, options: DownloadOptions = {}): Promise<void> {
  const dispatcher = new EnvHttpProxyAgent({
    connect: { timeout: connectTimeout },
    headersTimeout: silence,
    bodyTimeout: silence,
  });
  const work = `${path}.download`;
  try {
    await mkdir(work, { recursive: true });
    const expected = await expectedSha256(source, dispatcher, options.signal);
    const file = join(work, basename(new URL(source.url).pathname));
    const actual = await save(source.url, file, dispatcher, options);
    if (actual !== expected) {
      throw new DownloadFailed(`the sha256 of ${source.url} is ${actual}, its vendor says ${expected}`);
    }
    await rename(source.archiveMember ? await unpack(file, work, source.archiveMember, options.signal) : file, path);
    await chmod(path, 0o755);
  } finally {
    await rm(work, { recursive: true, force: true });
    await dispatcher.destroy();
  }
}

async function expectedSha256(source: DownloadSource, dispatcher: Dispatcher, signal?: AbortSignal): Promise<string> {
  const file = basename(new URL(source.url).pathname);
  const text = await reading(source.checksum.url, signal, async () =>
    (await get(source.checksum.url, dispatcher, signal)).text(),
  );
  const found = source.checksum.kind === 'file' ? fromChecksumFile(text, file) : fromGithubRelease(text, file);
  if (!found) throw new DownloadFailed(`${source.checksum.url} has no sha256 of ${file}`);
  return found;
}

/** The sha256 of `file` in a text of `<sha256>`, or of lines `<sha256>  <file>` as `sha256sum` writes them. */
export function fromChecksumFile(text: string, file: string): string | undefined {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  const found = lines.find(([sum, name]) => isSha256(sum) && (name === undefined || name.replace(/^\*/, '') === file));
  return found?.[0]?.toLowerCase();
}

const githubReleaseSchema = z.object({
  assets: z.array(z.object({ name: z.string(), digest: z.string().nullish() })),
});

/** The sha256 that GitHub computed when the asset was uploaded: `digest: "sha256:…"`. */
export function fromGithubRelease(text: string, file: string): string | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined; // The page of a proxy, not GitHub's answer: as good as no checksum.
  }
  const release = githubReleaseSchema.safeParse(json);
  const digest = release.data?.assets.find(({ name }) => name === file)?.digest?.replace(/^sha256:/, '');
  return isSha256(digest) ? digest : undefined;
}

function isSha256(text: string | undefined): text is string {
  return text !== undefined && /^[0-9a-f]{64}$/i.test(text);
}

/** Streams `url` into `file` and answers the sha256 of what was written. */
async function save(
  url: string,
  file: string,
  dispatcher: Dispatcher,
  { onProgress, signal }: DownloadOptions,
): Promise<string> {
  return await reading(url, signal, async () => {
    const { body, headers } = await get(url, dispatcher, signal);
    if (!body) throw new DownloadFailed(`${url} answered without a body`);
    const total = Number(headers.get('content-length'));
    const hash = createHash('sha256');
    let bytes = 0;
    let shown = performance.now();
    const watch = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        bytes += chunk.length;
        if (performance.now() - shown >= progressInterval) {
          shown = performance.now();
          onProgress?.(`downloaded ${megabytes(bytes)}${total > 0 ? ` of ${megabytes(total)}` : ''}`);
        }
        done(null, chunk);
      },
    });
    await pipeline(Readable.fromWeb(body), watch, createWriteStream(file), signal ? { signal } : {});
    return hash.digest('hex');
  });
}

async function get(url: string, dispatcher: Dispatcher, signal: AbortSignal | undefined): Promise<Response> {
  const response = await fetch(url, { dispatcher, ...(signal && { signal }) });
  if (!response.ok) throw new DownloadFailed(`${url} answered ${response.status} ${response.statusText}`.trimEnd());
  if (new URL(url).protocol === 'https:' && new URL(response.url).protocol !== 'https:') {
    throw new DownloadFailed(`${url} redirects to ${response.url}, which is not https`);
  }
  return response;
}

/** Everything that goes wrong while talking is the network's; what was thrown on purpose stays what it is. */
async function reading<T>(url: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof DownloadFailed) throw error;
    if (isFileSystemError(error)) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new NetworkClosed(`${new URL(url).host}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause: error,
    });
  }
}

/** A full disk or a directory that may not be written: has a path, network errors have none. */
function isFileSystemError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || 'path' in error);
}

/** Takes one file out of an archive. `tar` of Linux reads .tar.gz, `tar` of macOS reads .zip as well. */
async function unpack(archive: string, directory: string, member: string, signal?: AbortSignal): Promise<string> {
  try {
    await run('tar', ['-xf', archive, '-C', directory, member], signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    throw new DownloadFailed(`${basename(archive)} could not be unpacked`, { cause: error });
  }
  return join(directory, member);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
