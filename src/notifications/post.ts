import { Agent, request } from 'undici';
import { NotTold } from './not-told.ts';

export interface PostOptions {
  /** May be a secret itself: never in a message. */
  url: string;
  /** JSON. */
  body: string;
  headers: Record<string, string>;
  /** From the first byte sent to the status of the answer (ms). */
  timeoutMs: number;
  /** Certificates to verify the receiver with, PEM. */
  ca?: string | undefined;
  signal: AbortSignal;
}

/** Statuses that say "not now": everything else from 400 to 499 is about what was sent, or where to. */
const NOT_NOW = [408, 409, 425, 429];

/**
 * Posts to a receiver; done when it answers 2xx. The body of the answer is not read: it may quote what was sent. Redirects are
 * not followed: what is signed for one address is not carried to another.
 *
 * @returns the status
 * @throws NotTold; the reason of the signal
 */
export async function post({ url, body, headers, timeoutMs, ca, signal }: PostOptions): Promise<number> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const agent = new Agent({ connect: { timeout: timeoutMs, ...(ca === undefined ? {} : { ca }) } });
  try {
    const { statusCode, body: answer } = await request(url, {
      method: 'POST',
      dispatcher: agent,
      signal: AbortSignal.any([signal, deadline]),
      headers: { 'content-type': 'application/json', 'user-agent': 'proxyshift', ...headers },
      body,
      // The deadline is the only clock.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    // The answer is not waited for: an error of its body means nothing any more.
    answer.on('error', () => undefined).destroy();
    if (statusCode >= 200 && statusCode < 300) return statusCode;
    const again = statusCode >= 500 || NOT_NOW.includes(statusCode);
    throw new NotTold(`it answered ${statusCode}${meaning(statusCode)}`, { again });
  } catch (error) {
    if (error instanceof NotTold) throw error;
    if (signal.aborted) throw signal.reason;
    if (deadline.aborted) throw new NotTold(`no answer within ${timeoutMs} ms`);
    throw new NotTold(inWords(error));
  } finally {
    await agent.destroy();
  }
}

function meaning(status: number): string {
  if (status >= 300 && status < 400) return ', a redirect, which is not followed';
  if (status === 401 || status === 403) return ', it does not accept who calls: look at address and key';
  if (status === 404 || status === 410) return ', there is nobody at this address any more';
  return status === 429 ? ', it gets too many messages' : '';
}

/** Error codes of Node and undici tell enough (`ECONNREFUSED`, `CERT_HAS_EXPIRED`); their messages may hold the address. */
function inWords(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? `the connection failed (${code})` : 'the connection failed';
}
