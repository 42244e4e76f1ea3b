import { readFile } from 'node:fs/promises';
import type { NotificationEvent } from '../model/notification-event.ts';
import { NotTold } from './not-told.ts';
import { decodeSecret } from './sign.ts';

/** Where notifications go, as clusters.yaml says it. What is secret is in files, which are read for each notification. */
export interface Receiver {
  name: string;
  /** `events`: Events in the cluster that a run is on; the fields below are of the other ones. */
  type: 'webhook' | 'slack' | 'events';
  /** Without credentials; absent where `urlFile` is there. */
  url?: string;
  /** Absolute path of a file with the address. */
  urlFile?: string;
  /** Absolute path of a file with the key that webhooks are signed with. */
  secretFile?: string;
  /** Absolute path of the certificates (PEM) that it is verified with; absent: those that Node trusts. */
  caFile?: string;
  /** What it is told of. */
  events: readonly NotificationEvent[];
  /** For one answer (ms). */
  timeoutMs: number;
}

/** What one notification is sent with. */
export interface WayToReceiver {
  url: string;
  /** Absent: not signed. */
  key: Uint8Array | undefined;
  ca: string | undefined;
}

/** Reads what is in files. @throws NotTold that names the field, and neither the path's content nor the address */
export async function openReceiver(receiver: Receiver): Promise<WayToReceiver> {
  const [urlText, secret, ca] = await Promise.all([
    readSetting('urlFile', receiver),
    readSetting('secretFile', receiver),
    readSetting('caFile', receiver),
  ]);
  const url = receiver.url ?? urlText?.trim() ?? '';
  const whyNoAddress = noAddress(url);
  if (whyNoAddress !== undefined) throw new NotTold(`the file of its urlFile has no address: ${whyNoAddress}`);
  if (secret === undefined) return { url, key: undefined, ca };
  const key = decodeSecret(secret);
  if (key === undefined) {
    throw new NotTold(
      'the file of its secretFile has no key: expected 24 to 64 bytes as base64, after "whsec_" or alone',
    );
  }
  return { url, key, ca };
}

/** Why a text is not the address of a receiver; undefined where it is. The text itself is never quoted. */
export function noAddress(text: string): string | undefined {
  const expected = 'expected https:// or http://';
  if (!URL.canParse(text)) return expected;
  const { protocol, username, password, hash } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return expected;
  if (username !== '' || password !== '') return `${expected}, without a user and a password`;
  return hash === '' ? undefined : `${expected}, without #`;
}

async function readSetting(
  field: 'urlFile' | 'secretFile' | 'caFile',
  receiver: Receiver,
): Promise<string | undefined> {
  const path = receiver[field];
  if (path === undefined) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
    throw new NotTold(`its ${field} cannot be read (${code ?? 'unknown'})`);
  }
}
