import type { ClusterFacts } from '../../../src/checks/facts.ts';
import { kubeadm } from '../../cluster/kube-proxy/config-texts.ts';
import {
  type ProxyDaemonSetOptions,
  proxyConfigMapObject,
  proxyDaemonSetObject,
} from '../../fixtures/objects/kube-proxy.ts';
import { type ExportChanges, exportedFacts } from '../support/exported-facts.ts';

/** What kubeadm's `config.conf` for ipvs differs in: `['strictARP: false', 'strictARP: true']`. */
export type TextChange = readonly [from: string, to: string];

/** What a healthy kubeadm cluster in ipvs differs in. */
export interface ProxyChanges extends ExportChanges {
  config?: readonly TextChange[];
  daemonSet?: ProxyDaemonSetOptions;
}

/** The facts of a healthy kubeadm 1.35 cluster in ipvs with these changes, read from exported objects. */
export async function proxyFacts({ config = [], daemonSet, ...changes }: ProxyChanges = {}): Promise<ClusterFacts> {
  return await exportedFacts({
    ...changes,
    replace: {
      configmaps: [proxyConfigMapObject(configText(...config))],
      ...(daemonSet ? { daemonsets: [proxyDaemonSetObject(daemonSet)] } : {}),
      ...changes.replace,
    },
  });
}

/** kubeadm's text with these changes; each has to be one that can be made. */
export function configText(...changes: readonly TextChange[]): string {
  return changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`kubeadm's config.conf has no "${from}"`);
    return text.replace(from, to);
  }, kubeadm);
}
