import { createHmac } from 'node:crypto';

/** Bytes of a key that Standard Webhooks accepts. */
const SHORTEST_KEY = 24;
const LONGEST_KEY = 64;

/** The key in the text of a secret, `whsec_` and base64, or base64 alone; undefined where there is none. */
export function decodeSecret(text: string): Uint8Array | undefined {
  const base64 = text.trim().replace(/^whsec_/, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const key = Buffer.from(base64, 'base64');
  return key.length >= SHORTEST_KEY && key.length <= LONGEST_KEY ? key : undefined;
}

export interface SignOptions {
  /** Id of the message, without a full stop. */
  id: string;
  /** When this attempt is made (ms since the epoch): receivers refuse what is older than some minutes. */
  sentAt: number;
  /** Exactly as it is sent. */
  body: string;
  /** Absent: the headers without a signature. */
  key?: Uint8Array | undefined;
}

/**
 * The headers of Standard Webhooks: HMAC-SHA256 of id, time and body, which a receiver verifies with any library of it.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function webhookHeaders({ id, sentAt, body, key }: SignOptions): Record<string, string> {
  const timestamp = String(Math.floor(sentAt / 1_000));
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp };
  if (key === undefined) return headers;
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { ...headers, 'webhook-signature': `v1,${signature}` };
}
