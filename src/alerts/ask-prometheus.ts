import { Agent, request } from 'undici';
import { NotAsked } from './not-asked.ts';

/** Of an answer, so much is read (bytes): thousands of alerts. */
const LARGEST_ANSWER = 16 * 1024 * 1024;

export interface PrometheusOptions {
  /** May hold a user and a password, and a path before `/api/v1`. */
  url: string;
  /** From the first byte sent to the last byte read (ms). */
  timeoutMs: number;
  /** Bearer token. */
  token?: string | undefined;
  /** Certificates to verify it with, PEM; absent: those that Node trusts. */
  ca?: string | undefined;
  signal: AbortSignal;
}

/**
 * The text that Prometheus answers to `GET /api/v1/alerts`. Redirects are not followed: they lead to login pages.
 * @throws NotAsked; the reason of the signal
 */
export async function askPrometheus({ url, timeoutMs, token, ca, signal }: PrometheusOptions): Promise<string> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const agent = new Agent({ connect: { timeout: timeoutMs, ...(ca === undefined ? {} : { ca }) } });
  try {
    const { statusCode, body } = await request(alertsAddress(url), {
      dispatcher: agent,
      signal: AbortSignal.any([signal, deadline]),
      headers: { accept: 'application/json', 'user-agent': 'proxyshift', ...authorization(url, token) },
      // The deadline is the only clock.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    if (statusCode !== 200) throw new NotAsked(`it answered ${statusCode}${meaning(statusCode)}`);
    return await readText(body);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (deadline.aborted) throw new NotAsked(`no answer within ${timeoutMs} ms`);
    throw error instanceof NotAsked ? error : new NotAsked(inWords(error));
  } finally {
    await agent.destroy();
  }
}

/** The address without user and password, which are sent as a header. */
function alertsAddress(url: string): URL {
  const address = new URL(url);
  address.username = '';
  address.password = '';
  address.pathname = `${address.pathname.replace(/\/+$/, '')}/api/v1/alerts`;
  return address;
}

function authorization(url: string, token: string | undefined): { authorization?: string } {
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  const { username, password } = new URL(url);
  if (username === '' && password === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > LARGEST_ANSWER) throw new NotAsked(`its answer is longer than ${LARGEST_ANSWER} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function meaning(status: number): string {
  if (status === 401 || status === 403) return ', it does not accept the credentials';
  if (status >= 300 && status < 400) return ', a redirect, as to a login page';
  return status === 404 ? ', there is no Prometheus at this address' : '';
}

/** Error codes of Node and undici tell enough (`ECONNREFUSED`, `CERT_HAS_EXPIRED`). */
function inWords(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? `the connection failed (${code})` : 'the connection failed';
}
