import { join } from 'node:path';
import { createFacts } from '../../../src/checks/create-facts.ts';
import type { ClusterFacts } from '../../../src/checks/facts.ts';
import { type RunChecksOptions, runChecks } from '../../../src/checks/run-checks.ts';
import { clusterOfExport } from '../../../src/cluster/export/open-export.ts';
import { readExport } from '../../../src/cluster/export/read-export.ts';
import type { PlainObject } from '../../../src/cluster/objects.ts';
import type { CheckResult } from '../../../src/model/check-result.ts';

/** Folder of the exports of platforms; its README.md names the source of each. */
export const exportsFolder = join(import.meta.dirname, '../../fixtures/exports');

/** How the facts of a test differ from a platform's export. Plurals, such as `services`. */
export interface ExportChanges {
  /** Folder below test/fixtures/exports. Default: a healthy kubeadm cluster in ipvs, without Calico. */
  platform?: string;
  /** These instead of the export's. */
  replace?: Readonly<Record<string, readonly PlainObject[]>>;
  /** These beside the export's. */
  add?: Readonly<Record<string, readonly PlainObject[]>>;
  /** Kinds that were not exported: what reads them gets a failure. */
  without?: readonly string[];
  version?: string;
}

/** API groups of Kubernetes itself, as `kubectl get apiservices` has them; a test adds those of CRDs. */
export function apiService(group: string, version = 'v1'): PlainObject {
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `${version}.${group}` },
    spec: { group, version },
  };
}

/** The facts of an export, read and judged by the code that reads a cluster. */
export async function exportedFacts(changes: ExportChanges = {}): Promise<ClusterFacts> {
  const exported = await readExport(join(exportsFolder, changes.platform ?? 'kubeadm'));
  const objects = new Map<string, readonly PlainObject[]>([
    ['apiservices', [apiService('apps'), apiService('discovery.k8s.io')]],
    ['services', []],
    ['endpointslices', []],
    ...exported.objects,
    ...Object.entries(changes.replace ?? {}),
  ]);
  for (const [plural, more] of Object.entries(changes.add ?? {}))
    objects.set(plural, [...(objects.get(plural) ?? []), ...more]);
  for (const plural of changes.without ?? []) objects.delete(plural);
  return createFacts(clusterOfExport({ ...exported, version: changes.version ?? exported.version, objects }));
}

/** What one check says of these facts. Live checks are made too where `live` is set; an export cannot answer them. */
export async function resultOf(
  code: string,
  facts: ClusterFacts,
  options: RunChecksOptions = { live: false },
): Promise<CheckResult> {
  const result = (await runChecks(facts, options)).find((candidate) => candidate.code === code);
  if (result === undefined) throw new Error(`there is no check ${code}`);
  return result;
}
