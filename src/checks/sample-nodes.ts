import type { LinuxNode } from '../cluster/nodes.ts';
import { byName } from '../model/waves.ts';

/**
 * Some of the nodes, always the same ones of the same cluster: one of each kind (role, kernel, OS image, kubelet), then as
 * many more as fit, spread evenly over their names.
 *
 * @param most how many; absent, or not fewer than there are: all of them
 */
export function sampleNodes(nodes: readonly LinuxNode[], most: number | undefined): LinuxNode[] {
  if (most === undefined || nodes.length <= most) return [...nodes];
  const sorted = [...nodes].sort(byName);
  const chosen = new Map<string, LinuxNode>();
  for (const node of sorted) {
    const kind = JSON.stringify([node.controlPlane, node.kernel, node.osImage, node.kubelet]);
    if (chosen.size < most && !chosen.has(kind)) chosen.set(kind, node);
  }
  const sample = new Set(chosen.values());
  const rest = sorted.filter((node) => !sample.has(node));
  const step = rest.length / (most - sample.size);
  for (let at = 0; sample.size < most; at += step) {
    const node = rest[Math.floor(at)];
    if (node === undefined) break;
    sample.add(node);
  }
  return sorted.filter((node) => sample.has(node));
}
