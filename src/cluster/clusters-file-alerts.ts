import { z } from 'zod';
import type { AlertGate } from '../model/alerts.ts';
import { duration, filePath } from './clusters-file-fields.ts';

const anAddress = 'expected the address of a Prometheus, such as "https://prometheus.example.com"';
const anAlert = 'expected the name of an alert';

/** Temporal gives an activity a minute more than the patience: an answer has to fit into that (ms). */
const LONGEST_ANSWER_MS = 30_000;

/** `rollout.alerts`, as it is written. */
export const alertsSchema = z
  .strictObject({
    url: z.string(anAddress).describe('Address of Prometheus. A user and a password in it stay on the worker.'),
    names: z
      .array(z.string(anAlert).trim().min(1, anAlert).max(200, anAlert), 'expected a list of names of alerts')
      .min(1, 'expected at least one name of an alert')
      .max(100, 'expected at most 100 names of alerts')
      .describe('Alerts that hold the next wave while they fire, by their label alertname.'),
    onUnreachable: z
      .enum(['firing', 'ignore'])
      .default('firing')
      .describe('What it means that Prometheus cannot be asked: that an alert fires, or nothing.'),
    patience: duration('10m', 0).describe('So long a firing alert is waited for, before it counts as unhealthy.'),
    timeout: duration('10s').describe('Time for one answer of Prometheus.'),
    tokenFile: filePath
      .optional()
      .describe('Path on the worker of a file with a bearer token. "~" is the home folder; relative to this file.'),
    caFile: filePath
      .optional()
      .describe('Path on the worker of the certificates (PEM) that Prometheus is verified with, instead of the usual.'),
  })
  .superRefine(({ url, tokenFile, timeout }, context) => {
    if (timeout > LONGEST_ANSWER_MS) {
      context.addIssue({ code: 'custom', path: ['timeout'], message: 'expected a time span of at most "30s"' });
    }
    const why = whyNoAddress(url);
    // A wrong value is quoted: one that may hold a password is not pointed at.
    const path = /[@?#]/.test(url) ? [] : ['url'];
    if (why !== undefined) context.addIssue({ code: 'custom', path, message: path.length > 0 ? why : `url: ${why}` });
    else if (tokenFile !== undefined && hasUser(new URL(url))) {
      const message = 'expected no user in url beside it: one way to authenticate';
      context.addIssue({ code: 'custom', path: ['tokenFile'], message });
    }
  });

function whyNoAddress(text: string): string | undefined {
  if (!URL.canParse(text)) return anAddress;
  const { protocol, search, hash, username, password } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return anAddress;
  if (!isDecodable(username + password)) return `${anAddress}, with "%" in user and password as "%25"`;
  return search === '' && hash === '' ? undefined : `${anAddress}, without ? and #`;
}

function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text).length >= 0;
  } catch {
    return false; // URIError: that is the answer.
  }
}

function hasUser({ username, password }: URL): boolean {
  return username !== '' || password !== '';
}

/** Where alerts are asked for, with what stays on the worker. */
export interface AlertsEntry extends Omit<AlertGate, 'url'> {
  /** May hold a user and a password: never in a plan, a result, or a message. */
  url: string;
  timeoutMs: number;
  /** Absolute path. */
  tokenFile?: string;
  /** Absolute path. */
  caFile?: string;
}

export function toAlertsEntry(
  { patience, timeout, tokenFile, caFile, ...rest }: z.output<typeof alertsSchema>,
  absolute: (written: string) => string,
): AlertsEntry {
  return {
    ...rest,
    patienceMs: patience,
    timeoutMs: timeout,
    ...(tokenFile === undefined ? {} : { tokenFile: absolute(tokenFile) }),
    ...(caFile === undefined ? {} : { caFile: absolute(caFile) }),
  };
}

/** What a plan says of it: without user and password, which stay on the worker. */
export function alertGateOf({ url, names, onUnreachable, patienceMs }: AlertsEntry): AlertGate {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return { url: shown.href.replace(/\/+$/, ''), names, onUnreachable, patienceMs };
}
