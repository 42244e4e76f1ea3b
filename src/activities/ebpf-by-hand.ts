import { isIP } from 'node:net';
import { z } from 'zod';
import { whyProxyIsOff, whyProxyRuns } from '../cluster/calico/ebpf.ts';
import type { Cluster } from '../cluster/connect.ts';
import { daemonSetReaches } from '../cluster/daemon-set-reaches.ts';
import { type DaemonSet, readDaemonSet } from '../cluster/daemon-sets.ts';
import { describeRef, readObject } from '../cluster/objects.ts';
import { kubeProxyDaemonSet, servicesEndpointIn } from '../cluster/refs.ts';
import type { EbpfHandStep } from '../model/ebpf-steps.ts';
import { Failure } from '../model/failure.ts';
import type { OnCluster } from '../model/steps.ts';
import type { ClusterContext } from './step-context.ts';

/** Names that lead to a Service: without kube-proxy nobody serves them for Calico itself. */
const serviceName = /^kubernetes\.default\b|\.svc(\.|$)/;

const endpointSchema = z.looseObject({ data: z.record(z.string(), z.string()).nullish() });

/**
 * Why a step by hand is not done, as the cluster shows it; null where it is. kube-proxy's pods come and go after its DaemonSet
 * was patched: they are waited for, for so long (ms) at most.
 */
export async function whyNotDone(
  { cluster, signal }: ClusterContext,
  { step, graceMs }: OnCluster & { step: EbpfHandStep; graceMs: number },
): Promise<string | null> {
  if (step === 'api-server-address') return await whyNoAddress(cluster);
  const whyNot = (daemonSet: DaemonSet) =>
    step === 'kube-proxy-off' ? whyProxyRuns(daemonSet, 'by-hand') : whyProxyIsOff(daemonSet);
  if (graceMs === 0) {
    const daemonSet = await readDaemonSet(cluster, kubeProxyDaemonSet);
    const why = daemonSet === undefined ? 'it does not exist' : whyNot(daemonSet);
    return why === undefined ? null : `${describeRef(kubeProxyDaemonSet)}: ${why}`;
  }
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(graceMs)]);
  try {
    await daemonSetReaches(cluster, kubeProxyDaemonSet, { whyNot, signal: deadline });
    return null;
  } catch (error) {
    if (error instanceof Failure && error.kind === 'Unhealthy') return error.message;
    throw error;
  }
}

async function whyNoAddress(cluster: Cluster): Promise<string | null> {
  const ref = servicesEndpointIn('tigera-operator');
  const found = await readObject(cluster, ref);
  if (found === undefined) return `${describeRef(ref)} does not exist`;
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } =
    endpointSchema.parse(found).data ?? {};
  if (!/^[1-9]\d{0,4}$/.test(port)) return `KUBERNETES_SERVICE_PORT of ${describeRef(ref)} is "${port}", not a port`;
  if (host === '' || (isIP(host) === 0 && serviceName.test(host)))
    return `KUBERNETES_SERVICE_HOST of ${describeRef(ref)} is "${host}", not an address of the API server itself`;
  return null;
}
