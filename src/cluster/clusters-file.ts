import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { Failure } from '../model/failure.ts';
import type { Freeze, MaintenanceWindow } from '../model/maintenance.ts';
import type { Gate, Handover, KubeProxyPlan } from '../model/plan.ts';
import type { ProbePlan } from '../model/probe-plan.ts';
import { parseInput } from '../model/schema-issues.ts';
import type { Receiver } from '../notifications/receiver.ts';
import { type AlertsEntry, toAlertsEntry } from './clusters-file-alerts.ts';
import { toReceivers } from './clusters-file-notifications.ts';
import { toProbeEntry } from './clusters-file-probe.ts';
import { clustersFileSchema, type EntryFields } from './clusters-file-schema.ts';
import { toMaintenance } from './clusters-file-windows.ts';
import { describeFault, plainData } from './yaml-faults.ts';
/** One cluster, with defaults applied, durations in ms and absolute paths. */
export interface ClusterEntry {
  name: string;
  /** Absolute path. */
  kubeconfig: string;
  context: string;
  /** uid of the namespace kube-system. */
  uid: string;
  approval: {
    approvers: string[];
    timeoutMs: number;
    /** So many different people have to approve. */
    count: number;
    require: 'named' | 'signed';
    gates: Gate[];
    /** Absolute path; there where `require` is `signed`. */
    allowedSigners?: string;
  };
  rollout: {
    canaryNode?: string;
    maxUnavailable: number | `${number}%`;
    waveGrowth: 'double' | 'none';
    strategy: KubeProxyPlan['strategy'];
    handover: Handover;
    drainTimeoutMs: number;
    canarySoakMs: number;
    nodeTimeoutMs: number;
    notReadyTimeoutMs: number;
    failureBudget: number;
    onFailure: KubeProxyPlan['onFailure'];
    soakMs: number;
    alerts?: AlertsEntry;
  };
  calico: { timeoutMs: number };
  /** What measures traffic; absent: nothing does. Without a `dnsServer` that was not written. */
  probe?: ProbePlan;
  /** When waves may start; absent: at any time. */
  windows?: MaintenanceWindow[];
  /** Days on which none does. */
  freeze?: Freeze[];
  /** Who is told of its runs; absent: nobody. */
  receivers?: Receiver[];
}

export interface ClustersFile {
  /** Absolute path it was read from. */
  path: string;
  taskQueue?: string;
  /** Everybody who is told of some cluster's runs, or could be; absent: nobody. */
  receivers?: Receiver[];
  clusters: ClusterEntry[];
}

/** `$PROXYSHIFT_CLUSTERS`, or clusters.yaml in the working folder. */
export function defaultClustersPath(): string {
  return process.env.PROXYSHIFT_CLUSTERS || './clusters.yaml';
}

/** Reads and checks clusters.yaml. @throws Failure `Invalid`, with line and column or the path of the field. */
export async function loadClustersFile(path: string = defaultClustersPath()): Promise<ClustersFile> {
  const absolute = resolve(expandHome(path));
  const text = await readFile(absolute, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Failure('Invalid', `The clusters file "${path}" cannot be read (${error.code ?? 'unknown error'})`, {
      hint: 'Copy clusters.example.yaml to clusters.yaml, or name your file with --clusters or $PROXYSHIFT_CLUSTERS.',
    });
  });
  return parseClustersFile(text, absolute);
}

/** As `loadClustersFile`, from text. `path` is absolute: relative paths start at its folder. */
export function parseClustersFile(text: string, path: string): ClustersFile {
  const document = parseDocument(text, { prettyErrors: true });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault) {
    const [at] = fault.linePos ?? [];
    const place = at ? `, line ${at.line}, column ${at.col}` : '';
    throw new Failure(
      'Invalid',
      `The clusters file "${path}" is not valid YAML${place}: ${describeFault(fault, text)}`,
    );
  }
  const written = plainData(document, { what: `The clusters file "${path}"` });
  const parsed = parseInput(clustersFileSchema, written, { whole: 'the file' });
  if (!parsed.success) {
    throw new Failure('Invalid', `The clusters file "${path}" is not valid: ${parsed.issues}`, {
      hint: 'clusters.example.yaml shows every field; editors complete them with schema/clusters.schema.json.',
    });
  }
  const { taskQueue, notifications, clusters } = parsed.data;
  const receivers = toReceivers(notifications, absoluteTo(path));
  return {
    path,
    ...(taskQueue ? { taskQueue } : {}),
    ...(receivers.length > 0 ? { receivers } : {}),
    clusters: Object.entries(clusters).map(([name, entry]) => toEntry(name, entry, { path, receivers })),
  };
}

/** The entry of a cluster. @throws Failure `Invalid` that lists the known names */
export function findCluster(file: ClustersFile, name: string): ClusterEntry {
  const entry = file.clusters.find((cluster) => cluster.name === name);
  if (entry) return entry;
  const known = file.clusters.map((cluster) => cluster.name).join(', ');
  throw new Failure('Invalid', `There is no cluster "${name}" in ${file.path}`, {
    hint: known ? `It has: ${known}.` : 'It has none yet: clusters.example.yaml shows how to add one.',
  });
}

function toEntry(
  name: string,
  entry: EntryFields,
  { path, receivers }: { path: string; receivers: readonly Receiver[] },
): ClusterEntry {
  const { canaryNode, drainTimeout, canarySoak, nodeTimeout, notReadyTimeout, soak, alerts, ...rollout } =
    entry.rollout;
  const { timeout, allowedSigners, ...approval } = entry.approval;
  const absolute = absoluteTo(path);
  const told = receivers.filter((receiver) => entry.notify?.includes(receiver.name) ?? true);
  return {
    name,
    kubeconfig: absolute(entry.kubeconfig),
    context: entry.context,
    uid: entry.uid,
    approval: {
      ...approval,
      timeoutMs: timeout,
      ...(allowedSigners ? { allowedSigners: absolute(allowedSigners) } : {}),
    },
    rollout: {
      ...rollout,
      ...(canaryNode ? { canaryNode } : {}),
      drainTimeoutMs: drainTimeout,
      canarySoakMs: canarySoak,
      nodeTimeoutMs: nodeTimeout,
      notReadyTimeoutMs: notReadyTimeout,
      soakMs: soak,
      ...(alerts ? { alerts: toAlertsEntry(alerts, absolute) } : {}),
    },
    calico: { timeoutMs: entry.calico.timeout },
    ...(entry.probe ? { probe: toProbeEntry(entry.probe) } : {}),
    ...toMaintenance(entry.windows, entry.freeze),
    ...(told.length > 0 ? { receivers: told } : {}),
  };
}

/** Paths as they are written in a file start at its folder. */
function absoluteTo(path: string): (written: string) => string {
  return (written) => resolve(dirname(path), expandHome(written));
}

/** `~` is the home folder. */
export function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? homedir() + path.slice(1) : path;
}
