import type { ClusterFacts } from '../../../src/checks/facts.ts';
import type { PlainObject } from '../../../src/cluster/objects.ts';
import {
  calicoNode,
  calicoNodePod,
  clusterInformationObject,
  felixConfiguration,
  installationObject,
  nodeNames,
  operatorDeployment,
  type Release,
  releases,
  tigeraStatus,
} from '../../fixtures/objects/calico.ts';
import { apiService, type ExportChanges, exportedFacts } from '../support/exported-facts.ts';

/** What a test's Calico differs in. Lists take the place of the ones that are there. */
export interface CalicoChanges {
  version?: Release;
  /** Instead of a healthy DaemonSet calico-node. */
  daemonSets?: readonly PlainObject[];
  installations?: readonly PlainObject[];
  /** Beside FelixConfiguration `default`, or instead of it where one of that name is among them. */
  felixConfigurations?: readonly PlainObject[];
  pods?: readonly PlainObject[];
  tigeraStatuses?: readonly PlainObject[];
  deployments?: readonly PlainObject[];
  clusterInformations?: readonly PlainObject[];
  configMaps?: readonly PlainObject[];
  /** API groups beside Calico's. */
  groups?: readonly PlainObject[];
  more?: Readonly<Record<string, readonly PlainObject[]>>;
  replace?: ExportChanges['replace'];
  without?: readonly string[];
}

const apps = [apiService('apps'), apiService('discovery.k8s.io')];
const crds = [apiService('crd.projectcalico.org'), apiService('projectcalico.org', 'v3')];

/** A healthy kubeadm cluster with Calico of the operator, in Iptables, as it is after the operator has settled. */
export async function operatorFacts(changes: CalicoChanges = {}): Promise<ClusterFacts> {
  const { version = 'v3.31.7', felixConfigurations = [], groups = [], replace = {}, without = [] } = changes;
  const image = `quay.io/calico/node:${version}`;
  return await exportedFacts({
    replace: {
      apiservices: [...apps, ...crds, apiService('operator.tigera.io'), ...groups],
      installations: changes.installations ?? [installationObject({ version })],
      felixconfigurations: withDefault(felixConfigurations, { nftablesMode: 'Disabled', bpfEnabled: false }),
      clusterinformations: changes.clusterInformations ?? [clusterInformationObject(version)],
      tigerastatuses:
        changes.tigeraStatuses ?? ['calico', 'apiserver', 'ippools', 'tiers'].map((name) => tigeraStatus(name)),
      deployments: changes.deployments ?? [operatorDeployment(`quay.io/tigera/operator:${releases[version]}`)],
      ...replace,
    },
    add: {
      daemonsets: changes.daemonSets ?? [calicoNode({ image })],
      pods: changes.pods ?? nodeNames.map((node) => calicoNodePod(node, image)),
      ...changes.more,
    },
    without,
  });
}

/** As `operatorFacts`, installed by manifests/calico.yaml. */
export async function manifestFacts(changes: CalicoChanges = {}): Promise<ClusterFacts> {
  const { version = 'v3.31.7', felixConfigurations = [], groups = [], replace = {}, without = [] } = changes;
  const image = `quay.io/calico/node:${version}`;
  return await exportedFacts({
    replace: {
      apiservices: [...apps, ...crds, ...groups],
      felixconfigurations: withDefault(felixConfigurations, {}),
      clusterinformations: changes.clusterInformations ?? [clusterInformationObject(version)],
      ...replace,
    },
    add: {
      daemonsets: changes.daemonSets ?? [calicoNode({ namespace: 'kube-system', image })],
      pods: changes.pods ?? nodeNames.map((node) => calicoNodePod(node, image, 'kube-system')),
      configmaps: changes.configMaps ?? [],
      ...changes.more,
    },
    without,
  });
}

function withDefault(given: readonly PlainObject[], spec: Record<string, unknown>): PlainObject[] {
  const has = given.some(({ metadata }) => metadata.name === 'default');
  return [...(has ? [] : [felixConfiguration('default', spec)]), ...given];
}
