import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answering, type ReceiverServer, startReceiver } from '../notifications/support/receiver-server.ts';
import { runCli } from './support/run-cli.ts';

let server: ReceiverServer;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxyshift-notify-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  server = await startReceiver();
  await writeFile(join(folder, 'url'), `${server.url}/s3cret`);
  await writeFile(
    join(folder, 'clusters.yaml'),
    `apiVersion: proxyshift.dev/v1
notifications:
  chat: { type: slack, urlFile: ./url, events: [done] }
  inside: { type: events }
  tickets: { type: webhook, url: ${server.url}/tickets }
clusters: {}
`,
  );
});
afterEach(() => server[Symbol.asyncDispose]());

describe('proxyshift notify', () => {
  it('sends a test to every receiver, whatever it wants to be told of, and shows what each answered', async () => {
    const { code, stdout, stderr } = await runCli(['notify'], {}, folder);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/✔\s+chat\s+slack\s+it answered 200/);
    expect(stdout).toMatch(/✔\s+tickets\s+webhook\s+it answered 200/);
    const [toTickets] = server.received.filter(({ path }) => path === '/tickets');
    expect(JSON.parse(toTickets?.body ?? '')).toMatchObject({ type: 'proxyshift.test', data: { cluster: 'test' } });
    const [toChat] = server.received.filter(({ path }) => path === '/s3cret');
    expect(JSON.parse(toChat?.body ?? '').text).toContain('a test of proxyshift');
  });

  it('exits with 1 where one of them could not be told, and says why without its address', async () => {
    server.answers.push(answering(403));
    const { code, stdout } = await runCli(['notify', '--receiver', 'chat', '-o', 'json'], {}, folder);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([
      { receiver: 'chat', told: false, answer: expect.stringMatching(/^it answered 403/) },
    ]);
    expect(stdout).not.toContain('s3cret');
    expect(server.received.map(({ path }) => path)).toEqual(['/s3cret']);
  });

  it('lists the receivers where another one is named', async () => {
    const { code, stderr } = await runCli(['notify', '--receiver', 'pager'], {}, folder);
    expect(code).toBe(2);
    expect(stderr).toMatch(/There is no receiver "pager" to try in .*clusters\.yaml\n {2}It has: chat, tickets\./);
  });
});
