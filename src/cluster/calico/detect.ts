import { Failure } from '../../model/failure.ts';
import type { NftablesMode } from '../../model/mode.ts';
import type { Cluster } from '../connect.ts';
import { type DaemonSet, parseDaemonSet } from '../daemon-sets.ts';
import { describeRef, type ObjectRef, type PlainObject, readObject } from '../objects.ts';
import {
  calicoNamespaces,
  calicoNodeDaemonSet,
  clusterInformation,
  felixConfigurationDefault,
  installation,
} from '../refs.ts';
import {
  clusterInformationSchema,
  felixConfigurationSchema,
  type Installation,
  installationSchema,
} from './installation-schema.ts';
import { defaultsToAuto, expectedNftablesMode, parseCalicoVersion } from './versions.ts';

/** Calico as it is installed now. */
export interface CalicoFacts {
  install: 'operator' | 'manifest';
  namespace: string;
  /** As the cluster tells it: Installation.status for the operator, ClusterInformation for manifests. */
  version: string;
  daemonSet: DaemonSet;
  /** Operator installs only. */
  installation?: Installation;
  /** `spec.nftablesMode` of FelixConfiguration `default`, where it is set. */
  nftablesMode: NftablesMode | undefined;
}

/** Reads an object by its place; undefined where it is not there. */
export type ReadObject = (ref: ObjectRef) => Promise<PlainObject | undefined>;

/**
 * Finds Calico by its DaemonSets.
 * @param read for a caller that shares what it reads with others
 * @returns undefined where there is none
 * @throws Failure `Blocked` where both kinds of install are there (a move between them is under way) or where it is Calico
 * Enterprise, `Invalid` where its version cannot be told
 */
export async function detectCalico(
  cluster: Cluster,
  read: ReadObject = (ref) => readObject(cluster, ref),
): Promise<CalicoFacts | undefined> {
  const [byOperator, byManifest] = await Promise.all([
    read(calicoNodeDaemonSet(calicoNamespaces.operator)),
    read(calicoNodeDaemonSet(calicoNamespaces.manifest)),
  ]);
  if (byOperator && byManifest) {
    throw new Failure(
      'Blocked',
      'Calico is installed twice, by the operator and by manifests: a move between them is under way',
      {
        object: 'DaemonSet calico-system/calico-node, DaemonSet kube-system/calico-node',
        hint: 'Finish that move first.',
      },
    );
  }
  if (byOperator) return await operatorFacts(read, parseDaemonSet(byOperator));
  if (byManifest) return await manifestFacts(read, parseDaemonSet(byManifest));
  return undefined;
}

async function operatorFacts(read: ReadObject, daemonSet: DaemonSet): Promise<CalicoFacts> {
  const [found, nftablesMode] = await Promise.all([read(installation), configuredMode(read)]);
  if (found === undefined) throw missing(describeRef(installation), 'but DaemonSet calico-system/calico-node does');
  const parsed = installationSchema.parse(found);
  const variant = [parsed.status?.variant, parsed.spec.variant].find((name) => name && name !== 'Calico');
  if (variant) throw notOpenSource(variant);
  const version = parsed.status?.calicoVersion;
  if (!version) throw missing(`${describeRef(installation)} status.calicoVersion`, 'so the version is unknown');
  parseCalicoVersion(version);
  const namespace = calicoNamespaces.operator;
  return { install: 'operator', namespace, version, daemonSet, installation: parsed, nftablesMode };
}

async function manifestFacts(read: ReadObject, daemonSet: DaemonSet): Promise<CalicoFacts> {
  const [found, nftablesMode] = await Promise.all([read(clusterInformation), configuredMode(read)]);
  const version = found && clusterInformationSchema.parse(found).spec.calicoVersion;
  if (!version) throw missing(`${describeRef(clusterInformation)} spec.calicoVersion`, 'so the version is unknown');
  parseCalicoVersion(version);
  return { install: 'manifest', namespace: calicoNamespaces.manifest, version, daemonSet, nftablesMode };
}

async function configuredMode(read: ReadObject): Promise<NftablesMode | undefined> {
  const found = await read(felixConfigurationDefault);
  return found ? (felixConfigurationSchema.parse(found).spec.nftablesMode ?? undefined) : undefined;
}

/** The mode that Felix runs where `default` does not set it: Auto from 3.32, Disabled before. */
export function effectiveNftablesMode({
  nftablesMode,
  version,
}: Pick<CalicoFacts, 'nftablesMode' | 'version'>): NftablesMode {
  return nftablesMode ?? (defaultsToAuto(version) ? 'Auto' : 'Disabled');
}

/** The mode that Felix has to run for nftables. A manifest install that says `Enabled` by itself is fine as it is. */
export function targetNftablesMode(calico: Pick<CalicoFacts, 'install' | 'nftablesMode' | 'version'>): NftablesMode {
  const { install, version: calicoVersion } = calico;
  if (install === 'manifest' && calico.nftablesMode === 'Enabled') return 'Enabled';
  return expectedNftablesMode({ install, calicoVersion, dataplane: 'Nftables' });
}

/** `TigeraSecureEnterprise`; operators after 1.43 also say `CalicoEnterprise`. Its versions are numbered otherwise. */
function notOpenSource(variant: string): Failure {
  return new Failure(
    'Blocked',
    `The Installation is of variant ${variant}: this version migrates Calico Open Source only`,
    {
      object: describeRef(installation),
      hint: "Follow Tigera's own guide for its nftables data plane.",
    },
  );
}

function missing(what: string, but: string): Failure {
  return new Failure('Invalid', `${what} does not exist, ${but}`, { object: what.split(' ').slice(0, 2).join(' ') });
}
