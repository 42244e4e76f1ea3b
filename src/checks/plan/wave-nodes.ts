import type { LinuxNode } from '../../cluster/nodes.ts';
import type { SystemPod } from '../../cluster/system-pods.ts';
import type { WaveNode } from '../../model/waves.ts';

/** Nodes with what decides their place in the order. */
export function waveNodes(nodes: readonly LinuxNode[], systemPods: readonly SystemPod[]): WaveNode[] {
  const critical = new Map<string, number>();
  for (const { node, owner } of systemPods) {
    if (node !== undefined && owner?.kind !== 'DaemonSet' && owner?.kind !== 'Node') {
      critical.set(node, (critical.get(node) ?? 0) + 1);
    }
  }
  return nodes.map(({ name, controlPlane, ready, schedulable, labels }) => ({
    name,
    controlPlane,
    ready,
    schedulable,
    zone: labels['topology.kubernetes.io/zone'] ?? '',
    criticalPods: critical.get(name) ?? 0,
  }));
}
