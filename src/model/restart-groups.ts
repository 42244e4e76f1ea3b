import type { RestartGroup } from './ebpf-plan.ts';
import { byName } from './waves.ts';

/** A node as far as its group goes. */
export interface GroupedNode {
  name: string;
  controlPlane: boolean;
  labels: Readonly<Record<string, string>>;
}

const ZONE = 'topology.kubernetes.io/zone';
/** Groups of workers; each is a question to a person. */
const MOST_GROUPS = 12;

/**
 * Groups of nodes to restart: workers by zone, then the control-plane nodes in a group of their own. The same nodes give the
 * same groups. Where there are more zones than a person would want to confirm, workers are grouped by name.
 */
export function restartGroups(nodes: readonly GroupedNode[]): RestartGroup[] {
  const sorted = [...nodes].sort(byName);
  const controlPlane = sorted.filter((node) => node.controlPlane).map(({ name }) => name);
  return [
    ...workerGroups(sorted.filter((node) => !node.controlPlane)),
    ...(controlPlane.length > 0 ? [{ name: 'control-plane', nodes: controlPlane }] : []),
  ];
}

function workerGroups(workers: readonly GroupedNode[]): RestartGroup[] {
  const byZone = new Map<string, string[]>();
  for (const { name, labels } of workers) {
    const zone = labels[ZONE] || 'no-zone';
    byZone.set(zone, [...(byZone.get(zone) ?? []), name]);
  }
  if (byZone.size === 1) return [{ name: 'workers', nodes: workers.map(({ name }) => name) }];
  if (byZone.size <= MOST_GROUPS) {
    return [...byZone].map(([zone, names]) => ({ name: `workers-${zone}`, nodes: names })).sort(byName);
  }
  const size = Math.ceil(workers.length / MOST_GROUPS);
  return Array.from({ length: Math.ceil(workers.length / size) }, (_, at) => ({
    name: `workers-${at + 1}`,
    nodes: workers.slice(at * size, (at + 1) * size).map(({ name }) => name),
  }));
}
