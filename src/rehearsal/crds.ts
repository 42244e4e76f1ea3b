import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { parse } from 'yaml';
import { z } from 'zod';
import { packageRoot } from './binaries/package-root.ts';

/** The Calico minors that the rehearsal can play. */
export const calicoMinors = ['3.30', '3.31', '3.32'] as const;
export type CalicoMinor = (typeof calicoMinors)[number];

/** How Calico was installed: which of its CRDs a cluster has. */
export type CalicoInstall = 'operator' | 'manifest';

/**
 * The version of Go module github.com/tigera/operator that holds the CRDs of a Calico minor.
 *
 * 3.30's own operator, 1.38, is not on the Go module proxy any more: it gets the CRDs of 3.31.
 * What differs in behaviour (for example that 1.38 refuses Nftables while `linuxPolicySetupTimeoutSeconds` is set) is
 * the operator actor's, not the schema's.
 */
export const operatorModules: Record<CalicoMinor, string> = {
  '3.30': 'v1.41.1',
  '3.31': 'v1.41.1',
  '3.32': 'v1.42.4',
};

const calicoFiles = [
  'crd.projectcalico.org_felixconfigurations.yaml',
  'crd.projectcalico.org_clusterinformations.yaml',
  'crd.projectcalico.org_ippools.yaml',
] as const;

/** The files of the operator's module that each kind of install needs. */
export const crdFiles: Record<CalicoInstall, readonly string[]> = {
  operator: ['operator.tigera.io_installations.yaml', 'operator.tigera.io_tigerastatuses.yaml', ...calicoFiles],
  manifest: calicoFiles,
};

/** What every CRD has; the rest is passed through as it is. */
const crdSchema = z.looseObject({
  apiVersion: z.literal('apiextensions.k8s.io/v1'),
  kind: z.literal('CustomResourceDefinition'),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({ group: z.string(), names: z.looseObject({ kind: z.string(), plural: z.string() }) }),
});
export type CustomResourceDefinition = z.infer<typeof crdSchema>;

/**
 * Calico's own CRDs, as one applies them. Copies are part of the package (`src/rehearsal/crds/`, made by
 * `scripts/vendor-crds.ts`), so neither network nor Go is needed.
 *
 * The Installation is 1.5 MB of YAML: create it, or apply it server-side; the `last-applied-configuration` annotation
 * of a client-side apply has room for 256 KiB only.
 */
export async function calicoCrds(minor: CalicoMinor, install: CalicoInstall): Promise<CustomResourceDefinition[]> {
  const directory = join(crdDirectory(), operatorModules[minor]);
  return await Promise.all(crdFiles[install].map((file) => readCrd(join(directory, `${file}.gz`))));
}

/** Where the copies are: beside package.json, since `tsc` copies nothing to `dist/`. */
export function crdDirectory(): string {
  return join(packageRoot(), 'src', 'rehearsal', 'crds');
}

async function readCrd(path: string): Promise<CustomResourceDefinition> {
  const text = (await promisify(gunzip)(await readFile(path))).toString('utf8');
  return crdSchema.parse(parse(text));
}
