import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createTlsServer } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, promisify } from 'node:util';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { webhookBodySchema } from '../../src/model/notification.ts';
import { NotTold } from '../../src/notifications/not-told.ts';
import type { Receiver } from '../../src/notifications/receiver.ts';
import { type SendOptions, send } from '../../src/notifications/send.ts';
import { notification } from './support/notification.ts';
import { answering, hanging, type ReceiverServer, startReceiver } from './support/receiver-server.ts';

const secret = `whsec_${Buffer.from('a key of thirty-two bytes, or so').toString('base64')}`;
let server: ReceiverServer;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxyshift-notifications-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  server = await startReceiver();
});
afterEach(() => server[Symbol.asyncDispose]());

const receiver = (more: Partial<Receiver> = {}): Receiver => ({
  name: 'tickets',
  type: 'webhook',
  url: `${server.url}/hook`,
  events: ['approval-needed'],
  timeoutMs: 2_000,
  ...more,
});

async function fileWith(text: string): Promise<string> {
  const path = join(folder, Math.random().toString(36).slice(2));
  await writeFile(path, text);
  return path;
}

const tell = (to: Receiver, options: Partial<SendOptions> = {}) =>
  send(to, notification, { signal: new AbortController().signal, ...options });

/** Why it could not be told. */
async function why(to: Receiver): Promise<NotTold> {
  const error: unknown = await tell(to).then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof NotTold)) throw new Error(`told, or another error: ${inspect(error)}`);
  return error;
}

describe('a webhook', () => {
  it('gets the event, the sentence, and the command to answer with', async () => {
    expect(await tell(receiver(), { link: 'https://ui.example.com/run' })).toBe(200);
    const [request] = server.received;
    expect(request).toMatchObject({
      path: '/hook',
      headers: { 'content-type': 'application/json', 'webhook-id': notification.id },
    });
    const body = webhookBodySchema.parse(JSON.parse(request?.body ?? ''));
    expect(body).toMatchObject({
      type: 'proxyshift.approval-needed',
      timestamp: notification.at,
      data: {
        ...notification.notice,
        link: 'https://ui.example.com/run',
        commands: [{ command: 'proxyshift approve prod-1' }],
      },
    });
    expect(request?.headers, 'nothing is signed without a key').not.toHaveProperty('webhook-signature');
  });

  it('is signed as the library of Standard Webhooks verifies it, and no other text or key passes', async () => {
    await tell(receiver({ secretFile: await fileWith(`${secret}\n`) }));
    const [{ headers, body } = { headers: {}, body: '' }] = server.received;
    const signed = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    expect(new Webhook(secret).verify(body, signed)).toEqual(JSON.parse(body));
    expect(() => new Webhook(secret).verify(body.replace('prod-1', 'prod-2'), signed)).toThrow();
    const other = Buffer.from('another key of thirty-two bytes!').toString('base64');
    expect(() => new Webhook(other).verify(body, signed)).toThrow();
  });

  it('a key of base64 alone counts too, and is read anew each time', async () => {
    const secretFile = await fileWith(secret.replace('whsec_', ''));
    await tell(receiver({ secretFile }));
    await writeFile(secretFile, Buffer.from('another key of thirty-two bytes!').toString('base64'));
    await tell(receiver({ secretFile }));
    const [first, second] = server.received.map(({ headers }) => headers['webhook-signature']);
    expect(first).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/);
    expect(second).not.toBe(first);
  });

  it('a message that is sent again has the same id and text, so that a receiver drops what it has already', async () => {
    server.answers.push(answering(500), (response, { headers, body }) => {
      // The receiver has kept the first one, and broke before it answered.
      const known = server.received.slice(0, 1);
      const isKnown = known.some((one) => one.headers['webhook-id'] === headers['webhook-id'] && one.body === body);
      response.writeHead(isKnown ? 208 : 200).end();
    });
    expect((await why(receiver())).again).toBe(true);
    expect(await tell(receiver())).toBe(208);
  });
});

describe('a receiver that cannot be told is told of as that, without what is secret', () => {
  it.each<[string, ReceiverServer['answers'][number], RegExp, boolean]>([
    ['fails', answering(500), /^it answered 500$/, true],
    ['gets too many', answering(429), /^it answered 429, it gets too many messages$/, true],
    ['does not take it', answering(400), /^it answered 400$/, false],
    ['does not know who calls', answering(403), /^it answered 403, it does not accept who calls/, false],
    ['is gone', answering(410), /^it answered 410, there is nobody/, false],
    [
      'leads elsewhere, where nothing is sent to',
      (response) => response.writeHead(302, { location: `${server.url}/elsewhere` }).end(),
      /^it answered 302, a redirect, which is not followed$/,
      false,
    ],
    ['hangs', hanging, /^no answer within 300 ms$/, true],
    ['hangs up', (response) => response.socket?.destroy(), /^the connection failed \(\w+\)$/, true],
    [
      'hangs up in the middle of its head',
      (response) => {
        response.socket?.write('HTTP/1.1 200 O');
        response.socket?.destroy();
      },
      /^the connection failed \(\w+\)$/,
      true,
    ],
    ['speaks something else', (response) => response.socket?.end('220 smtp ready\r\n'), /^the connection failed/, true],
  ])('one that %s', async (_, answer, message, again) => {
    server.answers.push(answer);
    const to = receiver({ urlFile: await fileWith(`${server.url}/s3cret?token=s3cret\n`), timeoutMs: 300 });
    delete to.url;
    const error = await why(to);
    expect(error.message).toMatch(message);
    expect(error.again).toBe(again);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('s3cret');
    expect(server.received.map(({ path }) => path)).toEqual(['/s3cret?token=s3cret']);
  });

  it('one that answers slowly, but in time, is told; the text of its answer is not waited for', async () => {
    server.answers.push((response) => {
      setTimeout(() => response.writeHead(202).write('and then it goes on for ever'), 150);
    });
    expect(await tell(receiver({ timeoutMs: 1_500 }))).toBe(202);
  });

  it('one that is not there', async () => {
    const free = createServer();
    await once(free.listen(0, '127.0.0.1'), 'listening');
    const address = free.address();
    free.close();
    await once(free, 'close');
    const port = typeof address === 'object' && address ? address.port : 0;
    expect(await why(receiver({ url: `http://127.0.0.1:${port}` }))).toMatchObject({
      message: 'the connection failed (ECONNREFUSED)',
      again: true,
    });
  });

  it.each<[string, () => Promise<Partial<Receiver>>, RegExp]>([
    ['no key at the path', async () => ({ secretFile: '/nowhere' }), /^its secretFile cannot be read \(ENOENT\)$/],
    ['a key that is too short', async () => ({ secretFile: await fileWith('s3cret') }), /^the file of its secretFile/],
    ['a key that is none', async () => ({ secretFile: await fileWith('s3cret !') }), /^the file of its secretFile/],
    ['no address in the file', async () => ({ urlFile: await fileWith('s3cret') }), /^the file of its urlFile/],
    [
      'a password in the address',
      async () => ({ urlFile: await fileWith('https://ada:s3cret@example.com') }),
      /without a user and a password$/,
    ],
  ])('%s', async (_, more, message) => {
    const { url, ...rest } = receiver(await more());
    const error = await why('urlFile' in rest ? rest : { ...rest, ...(url === undefined ? {} : { url }) });
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('s3cret');
    expect(server.received).toEqual([]);
  });

  it('a cancellation ends it at once with its own reason', async () => {
    server.answers.push(hanging);
    const controller = new AbortController();
    const telling = tell(receiver({ timeoutMs: 20_000 }), { signal: controller.signal });
    await expect.poll(() => server.received).toHaveLength(1);
    const reason = new Error('the run has ended');
    controller.abort(reason);
    await expect(telling).rejects.toBe(reason);
  });
});

it('over TLS a receiver is verified, by certificates of its own where they are named', async () => {
  const [keyFile, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=receiver', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', keyFile, '-out', cert, ...subject];
  await promisify(execFile)('openssl', request);
  const secure = createTlsServer({ key: await readFile(keyFile), cert: await readFile(cert) }, (_, response) =>
    response.end('ok'),
  );
  await once(secure.listen(0, '127.0.0.1'), 'listening');
  try {
    const address = secure.address();
    const url = `https://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
    expect((await why(receiver({ url }))).message).toBe('the connection failed (DEPTH_ZERO_SELF_SIGNED_CERT)');
    expect(await tell(receiver({ url, caFile: cert }))).toBe(200);
  } finally {
    secure.closeAllConnections();
    secure.close();
  }
});

describe('Slack', () => {
  it('gets a text and blocks, with commands and a link, and nothing of Standard Webhooks', async () => {
    const { url: _, ...slack } = receiver({ type: 'slack', urlFile: await fileWith(`${server.url}/services/T/B/x\n`) });
    await tell(slack, { link: 'https://ui.example.com/run?a=1&b=2' });
    const [request] = server.received;
    expect(request?.path).toBe('/services/T/B/x');
    expect(Object.keys(request?.headers ?? {}).filter((name) => name.startsWith('webhook-'))).toEqual([]);
    const message = JSON.parse(request?.body ?? '');
    expect(message.text).toBe(notification.notice.text);
    expect(message.blocks.map(({ type }: { type: string }) => type)).toEqual(['section', 'section', 'context']);
    expect(JSON.stringify(message)).toContain('`proxyshift approve prod-1`');
    expect(JSON.stringify(message)).toContain('<https://ui.example.com/run?a=1&amp;b=2|in Temporal>');
  });
});
