import { describeRef } from '../../cluster/objects.ts';
import { kubeProxyDaemonSet } from '../../cluster/refs.ts';
import type { Check } from '../check.ts';
import { ownership } from './ownership.ts';

/**
 * A run does not write the DaemonSet, so nobody can take anything back. But whoever changes its template while the ConfigMap
 * holds the new mode makes the DaemonSet's controller restart every pod in an order of its own.
 */
export const daemonSetOwner: Check = {
  code: 'PXS042',
  category: 'platform',
  title: 'Nobody else rolls the DaemonSet of kube-proxy out',
  looksAt: `labels, annotations and field managers of ${describeRef(kubeProxyDaemonSet)}`,
  run: async (facts) =>
    await ownership(facts, {
      code: 'PXS042',
      ref: kubeProxyDaemonSet,
      field: ['spec', 'template'],
      severity: 'warning',
      means: () => 'if it changes the template during the run, pods restart in the new mode without waves',
    }),
};
