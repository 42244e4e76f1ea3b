import { Failure } from '../../model/failure.ts';
import type { NftablesMode } from '../../model/mode.ts';
import type { Cluster } from '../connect.ts';
import { type DaemonSet, readDaemonSet } from '../daemon-sets.ts';
import { describeRef, readObject } from '../objects.ts';
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

/**
 * Finds Calico by its DaemonSets.
 * @returns undefined where there is none
 * @throws Failure `Blocked` where both kinds of install are there (a move between them is under way), `Invalid` where
 * its version cannot be told
 */
export async function detectCalico(cluster: Cluster): Promise<CalicoFacts | undefined> {
  const [byOperator, byManifest] = await Promise.all([
    readDaemonSet(cluster, calicoNodeDaemonSet(calicoNamespaces.operator)),
    readDaemonSet(cluster, calicoNodeDaemonSet(calicoNamespaces.manifest)),
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
  if (byOperator) return await operatorFacts(cluster, byOperator);
  if (byManifest) return await manifestFacts(cluster, byManifest);
  return undefined;
}

async function operatorFacts(cluster: Cluster, daemonSet: DaemonSet): Promise<CalicoFacts> {
  const [found, nftablesMode] = await Promise.all([readObject(cluster, installation), configuredMode(cluster)]);
  if (found === undefined) throw missing(describeRef(installation), 'but DaemonSet calico-system/calico-node does');
  const parsed = installationSchema.parse(found);
  const version = parsed.status?.calicoVersion;
  if (!version) throw missing(`${describeRef(installation)} status.calicoVersion`, 'so the version is unknown');
  parseCalicoVersion(version);
  const namespace = calicoNamespaces.operator;
  return { install: 'operator', namespace, version, daemonSet, installation: parsed, nftablesMode };
}

async function manifestFacts(cluster: Cluster, daemonSet: DaemonSet): Promise<CalicoFacts> {
  const [found, nftablesMode] = await Promise.all([readObject(cluster, clusterInformation), configuredMode(cluster)]);
  const version = found && clusterInformationSchema.parse(found).spec.calicoVersion;
  if (!version) throw missing(`${describeRef(clusterInformation)} spec.calicoVersion`, 'so the version is unknown');
  parseCalicoVersion(version);
  return { install: 'manifest', namespace: calicoNamespaces.manifest, version, daemonSet, nftablesMode };
}

async function configuredMode(cluster: Cluster): Promise<NftablesMode | undefined> {
  const found = await readObject(cluster, felixConfigurationDefault);
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

function missing(what: string, but: string): Failure {
  return new Failure('Invalid', `${what} does not exist, ${but}`, { object: what });
}
