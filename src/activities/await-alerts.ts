import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { askPrometheus, type PrometheusOptions } from '../alerts/ask-prometheus.ts';
import { firingAlerts } from '../alerts/firing-alerts.ts';
import { NotAsked } from '../alerts/not-asked.ts';
import { type AlertsEntry, alertGateOf } from '../cluster/clusters-file-alerts.ts';
import { type AlertGate, type AlertVerdict, describeVerdict } from '../model/alerts.ts';
import { Failure } from '../model/failure.ts';
import type { OnCluster } from '../model/steps.ts';
import type { WorkerContext } from './step-context.ts';

/** Pauses between two looks (ms): first, and longest. Prometheus evaluates its rules each 15 s to 1 min, as it is set up. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;

/**
 * Waits until none of the plan's alerts fires, for as long as the plan says. Whether one fired before the run began makes no
 * difference: somebody said that no node is touched meanwhile.
 *
 * @returns what the last look saw
 * @throws Failure `Disconnected` where the worker's entry is not what the plan says, or its files cannot be read
 */
export async function awaitAlerts(
  { entry, signal, heartbeat }: WorkerContext,
  { alerts }: OnCluster & { alerts: AlertGate },
): Promise<AlertVerdict> {
  const way = await wayTo(entry.rollout.alerts, alerts, entry.name);
  const deadline = performance.now() + alerts.patienceMs;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const verdict = await look({ ...way, signal }, alerts);
    const left = deadline - performance.now();
    if (verdict.clear || left <= 0) return verdict;
    heartbeat({ waitsFor: describeVerdict(verdict) });
    // Nothing can be awaited: Prometheus has no way to watch its alerts.
    await delay(Math.min(pause, left), undefined, { signal });
  }
}

async function look(way: PrometheusOptions, { names, onUnreachable }: AlertGate): Promise<AlertVerdict> {
  try {
    const { firing, count } = firingAlerts(await askPrometheus(way), names);
    return { clear: count === 0, firing, count };
  } catch (error) {
    if (!(error instanceof NotAsked)) throw error;
    return { clear: onUnreachable === 'ignore', firing: [], count: 0, unreachable: error.message };
  }
}

/** Address and credentials, which are on the worker alone; it has to be the Prometheus of the approved plan. */
async function wayTo(
  entry: AlertsEntry | undefined,
  { url }: AlertGate,
  cluster: string,
): Promise<Omit<PrometheusOptions, 'signal'>> {
  const hint = 'Put rollout.alerts back as the plan has it, or abort the run and start again.';
  if (entry === undefined) {
    throw new Failure('Disconnected', `clusters.yaml on the worker names no alerts for ${cluster} any more`, { hint });
  }
  const now = alertGateOf(entry).url;
  if (now !== url) {
    const message = `clusters.yaml on the worker names ${now} for the alerts of ${cluster}, and the plan ${url}`;
    throw new Failure('Disconnected', message, { hint });
  }
  const [token, ca] = await Promise.all([readSetting('tokenFile', entry), readSetting('caFile', entry)]);
  if (token?.trim() === '') {
    throw new Failure('Disconnected', 'The file of rollout.alerts.tokenFile on the worker is empty');
  }
  return { url: entry.url, timeoutMs: entry.timeoutMs, token: token?.trim(), ca };
}

async function readSetting(field: 'tokenFile' | 'caFile', entry: AlertsEntry): Promise<string | undefined> {
  const path = entry[field];
  if (path === undefined) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
    throw new Failure('Disconnected', `rollout.alerts.${field} cannot be read on the worker (${code ?? 'unknown'})`, {
      hint: `It is "${path}" in clusters.yaml.`,
    });
  }
}
