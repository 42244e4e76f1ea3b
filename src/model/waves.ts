/** A number of nodes, or a percentage of all of them. */
export type MaxUnavailable = number | `${number}%`;

/** A node as far as the order of restarts needs it. */
export interface WaveNode {
  name: string;
  controlPlane: boolean;
  ready: boolean;
  schedulable: boolean;
}

/** A canary, and why it was taken. */
export interface Canary {
  node: string;
  why: string;
}

/**
 * How many nodes may be without kube-proxy at once: at least 1. A percentage is rounded down, so that the limit is
 * never exceeded, as a DaemonSet's own maxUnavailable is rounded up (apps/v1 RollingUpdateDaemonSet) and ours is the
 * more careful one.
 */
export function waveSize(maxUnavailable: MaxUnavailable, nodes: number): number {
  const size =
    typeof maxUnavailable === 'number' ? maxUnavailable : Math.floor((Number.parseFloat(maxUnavailable) / 100) * nodes);
  return Math.max(1, Math.min(size, Math.max(1, nodes)));
}

/**
 * The node to try first: the one named, else the first by name that is Ready, schedulable and not a control-plane
 * node; where there is none, the first Ready one. `undefined` where there is no node at all.
 */
export function chooseCanary(nodes: readonly WaveNode[], named?: string): Canary | undefined {
  if (named !== undefined) return { node: named, why: 'named in clusters.yaml' };
  const sorted = [...nodes].sort(byName);
  const worker = sorted.find((node) => node.ready && node.schedulable && !node.controlPlane);
  if (worker) return { node: worker.name, why: 'first Ready, schedulable node that is not a control-plane node' };
  const any = sorted.find((node) => node.ready) ?? sorted[0];
  return any && { node: any.name, why: 'no Ready, schedulable worker node to take' };
}

/** Canary alone, then workers in waves of `size`, then control-plane nodes one at a time. */
export function planWaves(nodes: readonly WaveNode[], canary: Canary | undefined, size: number): string[][] {
  const rest = nodes.filter((node) => node.name !== canary?.node).sort(byName);
  const workers = rest.filter((node) => !node.controlPlane).map((node) => node.name);
  const controlPlane = rest.filter((node) => node.controlPlane).map((node) => node.name);
  const waves: string[][] = canary ? [[canary.node]] : [];
  for (let at = 0; at < workers.length; at += size) waves.push(workers.slice(at, at + size));
  return [...waves, ...controlPlane.map((name) => [name])];
}

/** By name, numbers in it as numbers: node-2 before node-10. The same on every worker. */
export function byName(a: Pick<WaveNode, 'name'>, b: Pick<WaveNode, 'name'>): number {
  return a.name.localeCompare(b.name, 'en', { numeric: true }) || (a.name < b.name ? -1 : 1);
}
