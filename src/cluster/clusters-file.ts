import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import ms from 'ms';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { Failure } from '../model/failure.ts';
import { describeIssues } from './schema-issues.ts';

const durationPattern = /^\d+(\.\d+)?\s*(ms|s|m|h|d)$/;

function isTimeSpan(text: string): text is ms.StringValue {
  return durationPattern.test(text);
}

/** A time span as people write it (`200ms`, `90s`, `10m`, `24h`, `2d`), read as milliseconds. */
function duration(standard: string) {
  return z
    .string()
    .regex(durationPattern, 'expected a time span such as "200ms", "90s", "10m", "24h"')
    .transform((text) => (isTimeSpan(text) ? ms(text) : z.NEVER))
    .prefault(standard);
}

const approvalSchema = z
  .strictObject({
    approvers: z
      .array(z.string().min(1))
      .default([])
      .describe('Who may approve a plan for this cluster. Empty: anyone but the person who asked for the run.'),
    timeout: duration('24h').describe('How long a run waits for its approval; after that it ends and nothing changed.'),
  })
  .prefault({});

const rolloutSchema = z
  .strictObject({
    canaryNode: z
      .string()
      .min(1)
      .optional()
      .describe('The node that goes first, alone. Absent: proxyshift picks a worker node and names it in the plan.'),
    maxUnavailable: z
      .union([
        z.int().min(1),
        z
          .string()
          .regex(/^([1-9]\d?|100)%$/, 'expected a number of nodes (3) or a percentage ("10%")')
          .transform((text): `${number}%` => `${Number.parseInt(text, 10)}%`),
      ])
      .prefault('10%')
      .describe('Nodes per wave after the canary: a number, or a percentage of all nodes (rounded up to at least 1).'),
    nodeTimeout: duration('5m').describe('Time for one node, from its pod being replaced until it has synced.'),
    soak: duration('2m').describe('How long the whole cluster is watched after the last step.'),
  })
  .prefault({});

const calicoSchema = z
  .strictObject({
    timeout: duration('10m').describe('Time for Calico: from the change until every calico-node follows.'),
  })
  .prefault({});

const entrySchema = z.strictObject({
  kubeconfig: z
    .string()
    .min(1)
    .describe('Path of a kubeconfig on the worker. "~" is the home folder; relative paths start at this file.'),
  context: z
    .string()
    .min(1)
    .describe('Context of that kubeconfig. Always explicit: the current context is never used.'),
  uid: z
    .string()
    .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'expected the uid of the namespace kube-system')
    .describe(
      'Identity of the cluster, checked on every connect: kubectl get ns kube-system -o jsonpath={.metadata.uid}',
    ),
  approval: approvalSchema.describe('Who approves, and how long a run waits for it.'),
  rollout: rolloutSchema.describe('How nodes are taken, one after the other and in waves.'),
  calico: calicoSchema.describe('Limits of the Calico phase.'),
});

/** The shape of clusters.yaml, as it is written. `scripts/schema.ts` makes the JSON Schema for editors from it. */
export const clustersFileSchema = z.strictObject({
  apiVersion: z.literal('proxyshift.dev/v1').describe('Version of this format.'),
  taskQueue: z
    .string()
    .min(1)
    .optional()
    .describe('Temporal task queue of the workers that can reach these clusters. Default: proxyshift.'),
  clusters: z
    .record(
      z.string().regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'expected lower-case letters, digits, "-" and "."'),
      entrySchema.describe('One cluster.'),
    )
    .describe('The clusters, by the name used in commands, in the workflow id and in reports.'),
});

/** One cluster, with defaults applied, durations in ms and an absolute kubeconfig path. */
export interface ClusterEntry {
  name: string;
  /** Absolute path. */
  kubeconfig: string;
  context: string;
  /** uid of the namespace kube-system. */
  uid: string;
  approval: { approvers: string[]; timeoutMs: number };
  rollout: { canaryNode?: string; maxUnavailable: number | `${number}%`; nodeTimeoutMs: number; soakMs: number };
  calico: { timeoutMs: number };
}

export interface ClustersFile {
  /** Absolute path it was read from. */
  path: string;
  taskQueue?: string;
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

/** As `loadClustersFile`, from text. `path` is absolute: relative kubeconfigs start at its folder. */
export function parseClustersFile(text: string, path: string): ClustersFile {
  const document = parseDocument(text, { prettyErrors: true });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault) {
    const [at] = fault.linePos ?? [];
    const place = at ? `, line ${at.line}, column ${at.col}` : '';
    throw new Failure('Invalid', `The clusters file "${path}" is not valid YAML${place}: ${firstLine(fault.message)}`);
  }
  const written: unknown = document.toJS();
  const parsed = clustersFileSchema.safeParse(written);
  if (!parsed.success) {
    throw new Failure('Invalid', `The clusters file "${path}" is not valid: ${describeIssues(parsed.error, written)}`, {
      hint: 'clusters.example.yaml shows every field; editors complete them with schema/clusters.schema.json.',
    });
  }
  const { taskQueue, clusters } = parsed.data;
  return {
    path,
    ...(taskQueue ? { taskQueue } : {}),
    clusters: Object.entries(clusters).map(([name, entry]) => toEntry(name, entry, path)),
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

function toEntry(name: string, entry: z.output<typeof entrySchema>, path: string): ClusterEntry {
  const { canaryNode, maxUnavailable, nodeTimeout, soak } = entry.rollout;
  return {
    name,
    kubeconfig: resolve(dirname(path), expandHome(entry.kubeconfig)),
    context: entry.context,
    uid: entry.uid,
    approval: { approvers: entry.approval.approvers, timeoutMs: entry.approval.timeout },
    rollout: { ...(canaryNode ? { canaryNode } : {}), maxUnavailable, nodeTimeoutMs: nodeTimeout, soakMs: soak },
    calico: { timeoutMs: entry.calico.timeout },
  };
}

function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? homedir() + path.slice(1) : path;
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? text).replace(/ at line \d+, column \d+:?$/, '');
}
