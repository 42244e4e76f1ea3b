import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createSteps } from '../../src/activities/create.ts';
import { type AlertsEntry, alertGateOf } from '../../src/cluster/clusters-file-alerts.ts';
import { type AlertGate, type AlertVerdict, describeVerdict } from '../../src/model/alerts.ts';
import { clusterEntry } from '../checks/support/facts.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let answer: Answer;
const asked: IncomingMessage[] = [];
const listener: Answer = (request, response) => {
  asked.push(request);
  answer(request, response);
};
const server = createServer(listener);
let folder: string;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxyshift-alerts-'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${portOf(server.address())}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});
afterEach(() => {
  asked.length = 0;
});

function portOf(address: string | AddressInfo | null): number {
  return typeof address === 'object' && address ? address.port : 0;
}

const entryOf = (more: Partial<AlertsEntry> = {}): AlertsEntry => ({
  url,
  names: ['KubeProxyDown', 'NodeNotReady'],
  onUnreachable: 'firing',
  patienceMs: 0,
  timeoutMs: 5_000,
  ...more,
});

/** Asks as the worker does. */
async function look(alerts: AlertsEntry | undefined, gate?: AlertGate): Promise<AlertVerdict> {
  const entry = { ...clusterEntry(alerts ? { alerts } : {}), name: 'one' };
  const { awaitAlerts } = createSteps({ clusters: async () => ({ path: '', clusters: [entry] }) });
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  return await environment.run(awaitAlerts, { cluster: 'one', alerts: gate ?? alertGateOf(alerts ?? entryOf()) });
}

const alert = (alertname: string, state = 'firing', labels = {}) => ({
  labels: { alertname, ...labels },
  annotations: { summary: `${alertname} it is` },
  state,
  activeAt: '2026-11-25T12:00:00Z',
  value: '1e+00',
});
const json =
  (body: unknown, status = 200): Answer =>
  (_, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const alerts = (...list: unknown[]) => json({ status: 'success', data: { alerts: list } });

describe('an alert holds the next wave', () => {
  it('where it fires and is one of the list', async () => {
    answer = alerts(
      alert('Watchdog'),
      alert('NodeNotReady', 'pending'),
      alert('KubeProxyDown', 'firing', { node: 'node-07', severity: 'critical' }),
    );
    const verdict = await look(entryOf());
    expect(verdict).toEqual({
      clear: false,
      count: 1,
      firing: [
        {
          name: 'KubeProxyDown',
          since: '2026-11-25T12:00:00Z',
          labels: 'node=node-07, severity=critical',
          summary: 'KubeProxyDown it is',
        },
      ],
    });
    expect(describeVerdict(verdict)).toBe('firing: KubeProxyDown (node=node-07, severity=critical)');
    expect(asked[0]).toMatchObject({ method: 'GET', url: '/api/v1/alerts' });
  });

  it('not where it is pending, or of another name, or none is there', async () => {
    answer = alerts(alert('Watchdog'), alert('NodeNotReady', 'pending'));
    expect(await look(entryOf())).toEqual({ clear: true, firing: [], count: 0 });
    answer = alerts();
    expect(await look(entryOf({ url: `${url}/prometheus/` }))).toMatchObject({ clear: true });
    expect(asked.at(-1)?.url).toBe('/prometheus/api/v1/alerts');
  });

  it('until it stops, for as long as the plan is patient', async () => {
    answer = (...both) => alerts(...(asked.length < 2 ? [alert('NodeNotReady')] : []))(...both);
    expect(await look(entryOf({ patienceMs: 30_000 }))).toMatchObject({ clear: true });
    expect(asked).toHaveLength(2);
    answer = alerts(alert('NodeNotReady'));
    expect(await look(entryOf({ patienceMs: 50 }))).toMatchObject({ clear: false, count: 1 });
  });

  it('of thousands a few are named', async () => {
    answer = alerts(
      ...Array.from({ length: 3_000 }, (_, index) => alert('NodeNotReady', 'firing', { node: index.toString() })),
    );
    const verdict = await look(entryOf());
    expect(verdict).toMatchObject({ clear: false, count: 3_000 });
    expect(verdict.firing).toHaveLength(20);
    expect(describeVerdict(verdict)).toMatch(/ and 2997 more$/);
  });
});

describe('a Prometheus that cannot be asked counts as said', () => {
  it.each<[string, Answer, RegExp]>([
    ['answers 500', json({ status: 'error', error: 's3cret' }, 500), /^it answered 500$/],
    ['does not take the credentials', json({}, 401), /^it answered 401, it does not accept the credentials$/],
    [
      'sends to a login page',
      (_, to) => to.writeHead(302, { location: '/login' }).end(),
      /^it answered 302, a redirect/,
    ],
    ['is something else', json({ kind: 'Status' }, 404), /^it answered 404, there is no Prometheus/],
    ['sends garbage', (_, to) => to.end('<html>s3cret'), /^its answer is not JSON$/],
    [
      'sends another JSON',
      json({ status: 'success', data: { alerts: [{ labels: 5 }] } }),
      /^its answer is not that of/,
    ],
    [
      'says that it failed',
      json({ status: 'error', errorType: 'internal', error: 's3cret' }),
      /^its answer is not that of/,
    ],
    ['hangs', () => undefined, /^no answer within 200 ms$/],
    ['hangs in the middle', (_, to) => to.writeHead(200).write('{"status":'), /^no answer within 200 ms$/],
    ['hangs up', (request) => request.socket.destroy(), /^the connection failed \((UND_ERR_SOCKET|ECONNRESET)\)$/],
  ])('%s', async (_, how, why) => {
    answer = how;
    const verdict = await look(entryOf({ timeoutMs: 200 }));
    expect(verdict).toMatchObject({ clear: false, firing: [], count: 0, unreachable: expect.stringMatching(why) });
    expect(JSON.stringify(verdict)).not.toContain('s3cret');
    expect(describeVerdict(verdict)).toMatch(/^Prometheus cannot be asked for alerts: /);
    expect(await look(entryOf({ timeoutMs: 200, onUnreachable: 'ignore' }))).toMatchObject({
      clear: true,
      unreachable: expect.stringMatching(why),
    });
  });

  it('is not there', async () => {
    const free = createServer();
    await once(free.listen(0, '127.0.0.1'), 'listening');
    const port = portOf(free.address());
    free.close();
    await once(free, 'close');
    expect(await look(entryOf({ url: `http://127.0.0.1:${port}` }))).toMatchObject({
      clear: false,
      unreachable: 'the connection failed (ECONNREFUSED)',
    });
  });

  it('an answer without end is not read to its end', async () => {
    answer = (_, response) => {
      const chunk = 'x'.repeat(1 << 20);
      const send = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', send);
      send();
    };
    expect(await look(entryOf({ timeoutMs: 30_000 }))).toMatchObject({
      unreachable: expect.stringMatching(/^its answer is longer/),
    });
  });
});

describe('credentials stay on the worker', () => {
  it('a user and a password are sent, and are not in the plan', async () => {
    answer = alerts();
    const withUser = entryOf({ url: url.replace('://', '://ada:s3cr%40t@') });
    expect(JSON.stringify(alertGateOf(withUser))).not.toMatch(/ada|s3cr/);
    expect(await look(withUser)).toMatchObject({ clear: true });
    expect(asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from('ada:s3cr@t').toString('base64')}`);
  });

  it('a token is read from its file each time', async () => {
    answer = alerts();
    const tokenFile = join(folder, 'token');
    for (const token of ['first', 'second']) {
      await writeFile(tokenFile, `${token}\n`);
      await look(entryOf({ tokenFile }));
      expect(asked.at(-1)?.headers.authorization).toBe(`Bearer ${token}`);
    }
    await writeFile(tokenFile, 'two\nlines s3cret');
    const refused = await look(entryOf({ tokenFile }));
    expect(refused).toMatchObject({ clear: false, unreachable: expect.any(String) });
    expect(JSON.stringify(refused)).not.toContain('s3cret');
  });

  it('what is wrong on the worker is told as that, and waited for', async () => {
    answer = alerts();
    const disconnected = (message: RegExp) =>
      expect.objectContaining({ type: 'Disconnected', message: expect.stringMatching(message) });
    await writeFile(join(folder, 'empty'), '\n');
    const of = (more: Partial<AlertsEntry>) => look(entryOf(more));
    await expect(of({ tokenFile: join(folder, 'no') })).rejects.toEqual(
      disconnected(/tokenFile cannot be read .*ENOENT/),
    );
    await expect(of({ tokenFile: join(folder, 'empty') })).rejects.toEqual(disconnected(/is empty/));
    await expect(of({ caFile: folder })).rejects.toEqual(disconnected(/caFile cannot be read .*EISDIR/));
    await expect(look(undefined)).rejects.toEqual(disconnected(/names no alerts for one any more/));
    const other = { ...alertGateOf(entryOf()), url: 'https://other.example.com' };
    await expect(look(entryOf({ url: url.replace('://', '://ada:s3cret@') }), other)).rejects.toEqual(
      disconnected(new RegExp(`names ${url} for the alerts of one, and the plan https://other.example.com$`)),
    );
    expect(asked).toEqual([]);
  });

  it('over TLS it is verified, by certificates of its own where they are named', async () => {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=prometheus', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
    await promisify(execFile)('openssl', [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      key,
      '-out',
      cert,
      ...subject,
    ]);
    const secure = createTlsServer({ key: await readFile(key), cert: await readFile(cert) }, listener);
    await once(secure.listen(0, '127.0.0.1'), 'listening');
    try {
      answer = alerts();
      const address = `https://127.0.0.1:${portOf(secure.address())}`;
      expect(await look(entryOf({ url: address }))).toMatchObject({
        clear: false,
        unreachable: 'the connection failed (DEPTH_ZERO_SELF_SIGNED_CERT)',
      });
      expect(await look(entryOf({ url: address, caFile: cert }))).toMatchObject({ clear: true });
    } finally {
      secure.closeAllConnections();
      secure.close();
    }
  });
});
