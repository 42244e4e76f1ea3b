import type { SemVer } from 'semver';
import { z } from 'zod';
import type { CalicoFacts } from '../../cluster/calico/detect.ts';
import { versionOfImage } from '../../cluster/calico/images.ts';
import { parseCalicoVersion, parseOperatorVersion } from '../../cluster/calico/versions.ts';
import { containerSchema } from '../../cluster/daemon-sets.ts';
import type { ObjectRef, PlainObject } from '../../cluster/objects.ts';
import { servicesEndpointIn, tigeraOperatorDeployment } from '../../cluster/refs.ts';
import type { ClusterFacts } from '../facts.ts';

/** How eBPF mode can be set up on this install. */
export interface BpfSetup {
  /** The operator finds the API server and switches kube-proxy off by itself: bpfNetworkBootstrap, kubeProxyManagement. */
  automatic: boolean;
  /** Of the operator's image; undefined without an operator, or where its tag does not tell. */
  operator: SemVer | undefined;
  /** Tells Calico the API server's own address, where the operator does not find it. */
  endpoint: ObjectRef;
}

/** The first operator with both fields (api/v1/installation_types.go of v1.40.0; not in v1.39.0). It installs Calico 3.31. */
const AUTOMATIC_OPERATOR_MINOR = 40;
const AUTOMATIC_CALICO_MINOR = 31;

const deploymentSchema = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({ spec: z.looseObject({ containers: z.array(containerSchema).min(1) }) }),
  }),
});

/** Reads which way is open. Where the operator's image does not tell its version, that of Calico does. */
export async function bpfSetup(facts: ClusterFacts, { install, version }: CalicoFacts): Promise<BpfSetup> {
  if (install === 'manifest')
    return { automatic: false, operator: undefined, endpoint: servicesEndpointIn('kube-system') };
  const deployment = await facts.object(tigeraOperatorDeployment);
  const operator = deployment && operatorVersion(deployment);
  const automatic = operator
    ? operator.minor >= AUTOMATIC_OPERATOR_MINOR
    : parseCalicoVersion(version).minor >= AUTOMATIC_CALICO_MINOR;
  return { automatic, operator, endpoint: servicesEndpointIn('tigera-operator') };
}

function operatorVersion(deployment: PlainObject): SemVer | undefined {
  const { containers } = deploymentSchema.parse(deployment).spec.template.spec;
  const container = containers.find(({ name }) => name === 'tigera-operator') ?? containers[0];
  const version = container && versionOfImage(container.image);
  return version === undefined ? undefined : parseOperatorVersion(version);
}
