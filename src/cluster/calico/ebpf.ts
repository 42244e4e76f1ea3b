import { Failure } from '../../model/failure.ts';
import type { Cluster } from '../connect.ts';
import { daemonSetReaches } from '../daemon-set-reaches.ts';
import type { DaemonSet } from '../daemon-sets.ts';
import { describeRef } from '../objects.ts';
import { calicoNodeDaemonSet, felixConfigurationDefault, kubeProxyDaemonSet } from '../refs.ts';
import { watchObject } from '../watch.ts';
import { felixConfigurationSchema } from './installation-schema.ts';

/**
 * Keys of the nodeSelector that switches kube-proxy off: the operator's own (`DisableKubeProxyKey` in its
 * pkg/render/node.go), and that of Calico's manual way.
 */
export const proxyOffSelectors = {
  operator: 'operator.tigera.io/disable-kube-proxy',
  'by-hand': 'non-calico',
} as const;

/** Why kube-proxy is not switched off entirely; undefined where it is. */
export function whyProxyRuns({ spec, status }: DaemonSet, setup: keyof typeof proxyOffSelectors): string | undefined {
  const key = proxyOffSelectors[setup];
  if (spec.template.spec.nodeSelector[key] !== 'true') return `its nodeSelector has no ${key}: "true"`;
  if (status.desiredNumberScheduled > 0) return `it wants ${status.desiredNumberScheduled} pods`;
  if (status.numberMisscheduled > 0) return `${status.numberMisscheduled} of its pods are not gone yet`;
  return undefined;
}

/** Why kube-proxy is not on the nodes again; undefined where it is. Whether it serves is another question. */
export function whyProxyIsOff({ spec, status }: DaemonSet): string | undefined {
  const key = Object.values(proxyOffSelectors).find((name) => name in spec.template.spec.nodeSelector);
  if (key !== undefined) return `its nodeSelector still has ${key}`;
  const { desiredNumberScheduled: desired, currentNumberScheduled: current } = status;
  return desired === 0 || current < desired ? `${current} of ${desired} nodes have a pod of it` : undefined;
}

/** Waits until kube-proxy is switched off on every node. @throws Failure `Unhealthy` where it is not before the signal */
export async function proxyIsOff(cluster: Cluster, signal: AbortSignal): Promise<void> {
  await daemonSetReaches(cluster, kubeProxyDaemonSet, {
    whyNot: (daemonSet) => whyProxyRuns(daemonSet, 'operator'),
    signal,
    hint: 'Look at it with: kubectl get tigerastatus; kubectl -n kube-system get daemonset kube-proxy -o yaml',
  });
}

/** Waits until kube-proxy has pods on its nodes again. @throws Failure `Unhealthy` where it has not before the signal */
export async function proxyIsBack(cluster: Cluster, signal: AbortSignal): Promise<void> {
  await daemonSetReaches(cluster, kubeProxyDaemonSet, { whyNot: whyProxyIsOff, signal });
}

/** Waits until no pod of calico-node is of an older template. @throws Failure `Unhealthy` where one is at the signal */
export async function calicoNodeIsRolledOut(cluster: Cluster, namespace: string, signal: AbortSignal): Promise<void> {
  await daemonSetReaches(cluster, calicoNodeDaemonSet(namespace), {
    whyNot: ({ status }) =>
      status.updatedNumberScheduled < status.desiredNumberScheduled
        ? `${status.desiredNumberScheduled - status.updatedNumberScheduled} of ${status.desiredNumberScheduled} pods are of its old template`
        : undefined,
    signal,
    hint: `Look at it with: kubectl -n ${namespace} rollout status daemonset calico-node`,
  });
}

/**
 * Waits until the operator has written bpfEnabled. It writes `true` once calico-node is rolled out with what eBPF needs
 * (`isRolloutCompleteWithBPFVolumes` in its pkg/controller/installation/bpf.go); nobody else may write it.
 *
 * @throws Failure `Unhealthy` where it has not before the signal
 */
export async function bpfEnabledIs(cluster: Cluster, wanted: boolean, signal: AbortSignal): Promise<void> {
  let seen: boolean | undefined;
  for await (const felix of watchObject(cluster, felixConfigurationDefault, signal)) {
    seen = felixConfigurationSchema.parse(felix).spec.bpfEnabled ?? undefined;
    // Not set is Felix's own default, which is off.
    if ((seen ?? false) === wanted) return;
  }
  cluster.signal?.throwIfAborted();
  const object = describeRef(felixConfigurationDefault);
  throw new Failure(
    'Unhealthy',
    `The Tigera operator has not written bpfEnabled: ${wanted} in time (it is ${seen ?? 'not set'})`,
    {
      object,
      hint: 'It waits for calico-node: kubectl -n calico-system rollout status daemonset calico-node; kubectl get tigerastatus calico -o yaml',
    },
  );
}
