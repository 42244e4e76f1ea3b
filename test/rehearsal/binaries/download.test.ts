import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdir, readdir, readFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import {
  DownloadFailed,
  download,
  fromChecksumFile,
  fromGithubRelease,
  NetworkClosed,
} from '../../../src/rehearsal/binaries/download.ts';
import { locateBinary } from '../../../src/rehearsal/binaries/resolve.ts';
import type { BinarySpec, DownloadSource } from '../../../src/rehearsal/binaries/specs.ts';
import { environment, greeter, temporaryFolder, writeGreeter, writeScript } from './fixture.ts';

const script = '#!/bin/sh\necho greeter v1.2.3\n';

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A vendor on this machine. Answers its base URL. */
async function vendor(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A vendor that serves these files by path, and 404 for all others. */
async function vendorOf(files: Record<string, string | Buffer>): Promise<string> {
  return await vendor((request, response) => {
    const content = files[request.url ?? ''];
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
}

function plain(base: string): DownloadSource {
  return { url: `${base}/greeter`, checksum: { kind: 'file', url: `${base}/greeter.sha256` } };
}

test('a file whose sha256 is right is installed, executable', async () => {
  const folder = await temporaryFolder();
  const base = await vendorOf({ '/greeter': script, '/greeter.sha256': `${sha256(script)}\n` });
  const path = join(folder, 'greeter');
  await download(plain(base), path);
  expect((await promisify(execFile)(path)).stdout).toContain('1.2.3');
  expect(await readdir(folder)).toEqual(['greeter']);
});

test('one file is taken out of an archive', async () => {
  const folder = await temporaryFolder();
  await writeScript(join(folder, 'content', 'greeter-1.2.3', 'greeter'), 'echo greeter v1.2.3');
  const archive = join(folder, 'greeter.tar.gz');
  await promisify(execFile)('tar', ['-czf', archive, '-C', join(folder, 'content'), 'greeter-1.2.3']);
  const content = await readFile(archive);
  const base = await vendorOf({
    '/greeter.tar.gz': content,
    '/SHA256SUMS': `${sha256('x')}  other.tar.gz\n${sha256(content)}  greeter.tar.gz\n`,
  });
  const source: DownloadSource = {
    url: `${base}/greeter.tar.gz`,
    checksum: { kind: 'file', url: `${base}/SHA256SUMS` },
    archiveMember: 'greeter-1.2.3/greeter',
  };
  await mkdir(join(folder, 'out'));
  await download(source, join(folder, 'out', 'greeter'));
  expect(await readdir(join(folder, 'out'))).toEqual(['greeter']);
});

test.each([
  ['a wrong sha256', { '/greeter': script, '/greeter.sha256': sha256('other') }, 'its vendor says'],
  ['no sha256', { '/greeter': script }, '404'],
  ['a checksum file of something else', { '/greeter': script, '/greeter.sha256': '<html>' }, 'has no sha256'],
  ['no file', { '/greeter.sha256': sha256(script) }, '404'],
])('%s: nothing is kept', async (_, files, why) => {
  const folder = await temporaryFolder();
  const failed = download(plain(await vendorOf(files)), join(folder, 'greeter'));
  await expect(failed).rejects.toThrow(why);
  await expect(failed).rejects.toBeInstanceOf(DownloadFailed);
  expect(await readdir(folder)).toEqual([]);
});

test('a connection that is cut in the middle leaves nothing', async () => {
  const folder = await temporaryFolder();
  const base = await vendor((request, response) => {
    if (request.url === '/greeter.sha256') response.end(sha256(script));
    else response.writeHead(200, { 'content-length': '1000' }).write('#!/bin/sh', () => response.destroy());
  });
  await expect(download(plain(base), join(folder, 'greeter'))).rejects.toBeInstanceOf(NetworkClosed);
  expect(await readdir(folder)).toEqual([]);
});

test('Ctrl-C ends a download that hangs and leaves nothing', async () => {
  const folder = await temporaryFolder();
  const interrupted = new AbortController();
  const base = await vendor((request, response) => {
    if (request.url === '/greeter.sha256') response.end(sha256(script));
    else response.write('#!/bin/sh', () => interrupted.abort(new Error('Ctrl-C')));
  });
  const { signal } = interrupted;
  await expect(download(plain(base), join(folder, 'greeter'), { signal })).rejects.toThrow('Ctrl-C');
  expect(await readdir(folder)).toEqual([]);
});

test('a vendor whose file does not match is not used: the build is', { timeout: 120_000 }, async () => {
  const folder = await temporaryFolder();
  const base = await vendorOf({ '/greeter': script, '/greeter.sha256': sha256('other') });
  const spec: BinarySpec = { ...greeter, download: () => plain(base) };
  const { PROXYSHIFT_NO_DOWNLOAD: _, ...env } = environment(folder);
  const found = await locateBinary(spec, { environment: env, tools: await writeGreeter(folder) });
  expect(found.source).toBe('build');
});

test('a vendor that can be reached is used, and no Go is needed', async () => {
  const folder = await temporaryFolder();
  const base = await vendorOf({ '/greeter': script, '/greeter.sha256': sha256(script) });
  const spec: BinarySpec = { ...greeter, download: () => plain(base) };
  const { PROXYSHIFT_NO_DOWNLOAD: _, ...env } = environment(folder);
  const found = await locateBinary(spec, { environment: env, tools: folder });
  expect(found).toMatchObject({ source: 'download', version: '1.2.3' });
  await access(found.path);
});

test('checksums are read as vendors write them', () => {
  const sum = sha256('x');
  expect(fromChecksumFile(sum, 'a')).toBe(sum);
  expect(fromChecksumFile(`${sha256('y')}  b\r\n${sum} *a\r\n`, 'a')).toBe(sum);
  expect(fromChecksumFile(`${sum}  b\n`, 'a')).toBeUndefined();
  expect(fromChecksumFile('', 'a')).toBeUndefined();
  const release = { assets: [{ name: 'a', digest: `sha256:${sum}` }, { name: 'b', digest: null }, { name: 'c' }] };
  expect(fromGithubRelease(JSON.stringify(release), 'a')).toBe(sum);
  expect(fromGithubRelease(JSON.stringify(release), 'b')).toBeUndefined();
  expect(fromGithubRelease(JSON.stringify(release), 'c')).toBeUndefined();
  expect(fromGithubRelease('<html>', 'a')).toBeUndefined();
});
