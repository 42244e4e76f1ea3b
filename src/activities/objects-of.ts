import { installation, kubeProxyConfigMap, kubeProxyDaemonSet } from '../cluster/refs.ts';
import type { ToSave } from '../cluster/snapshot.ts';
import type { Restore } from '../model/steps.ts';
import { calicoObjects } from './calico.ts';

/**
 * The objects that a run of this plan writes: what is saved before, and compared after a rollback. One that the run
 * may have to make is marked with `mayBeAbsent`. On the way to eBPF kube-proxy's DaemonSet is switched off, by the operator or
 * by a person.
 */
export function objectsOf({ kubeProxy, calico, ebpf }: Pick<Restore, 'kubeProxy' | 'calico' | 'ebpf'>): ToSave[] {
  const daemonSetToo = (kubeProxy.needed && kubeProxy.strategy === 'rolling') || ebpf?.needed;
  return [
    ...(kubeProxy.needed ? [kubeProxyConfigMap] : []),
    ...(daemonSetToo ? [kubeProxyDaemonSet] : []),
    ...(calico ? calicoObjects(calico) : []),
    ...(ebpf?.needed ? [installation] : []),
  ];
}
