/** A number of nodes, or a percentage of all of them. */
export type MaxUnavailable = number | `${number}%`;

/** A node as far as the order of restarts needs it. */
export interface WaveNode {
  name: string;
  controlPlane: boolean;
  ready: boolean;
  schedulable: boolean;
  /** `topology.kubernetes.io/zone`; empty where the node has none. */
  zone: string;
  /** Pods of kube-system on it that no DaemonSet made, as CoreDNS: what a canary that fails would take along. */
  criticalPods: number;
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
 * The node to try first: the one named, else of the Ready, schedulable nodes that are no control-plane nodes the one with
 * the fewest critical pods, the first of these by name; where there is none, the first Ready one. `undefined` where
 * there is no node at all.
 */
export function chooseCanary(nodes: readonly WaveNode[], named?: string): Canary | undefined {
  if (named !== undefined) return { node: named, why: 'named in clusters.yaml' };
  const sorted = [...nodes].sort(byName);
  const workers = sorted.filter((node) => node.ready && node.schedulable && !node.controlPlane);
  const fewest = Math.min(...workers.map(({ criticalPods }) => criticalPods));
  const worker = workers.find(({ criticalPods }) => criticalPods === fewest);
  if (worker) return { node: worker.name, why: `Ready, schedulable worker with ${criticalPodsOf(worker)}` };
  const any = sorted.find((node) => node.ready) ?? sorted[0];
  return any && { node: any.name, why: 'no Ready, schedulable worker node to take' };
}

function criticalPodsOf({ criticalPods }: WaveNode): string {
  if (criticalPods === 0) return 'no critical pod';
  return criticalPods === 1
    ? '1 critical pod, no worker has fewer'
    : `${criticalPods} critical pods, no worker has fewer`;
}

export interface WaveOptions {
  canary: Canary | undefined;
  /** Nodes of the largest wave. */
  size: number;
  /** `double`: 1, 2, 4, … up to `size`, the canary counting as the 1. `none`: `size` from the first wave on. */
  growth: 'double' | 'none';
}

/**
 * Canary alone, then workers in waves that grow, each spread over the zones, then control-plane nodes one at a time: a
 * mode that does not work is met while few nodes run it, and no wave takes a zone more than its share.
 */
export function planWaves(nodes: readonly WaveNode[], { canary, size, growth }: WaveOptions): string[][] {
  const rest = nodes.filter((node) => node.name !== canary?.node).sort(byName);
  const workers = spreadOverZones(rest.filter((node) => !node.controlPlane)).map((node) => node.name);
  const controlPlane = rest.filter((node) => node.controlPlane).map((node) => node.name);
  const waves: string[][] = canary ? [[canary.node]] : [];
  for (let at = 0; at < workers.length; ) {
    const next = growth === 'none' ? size : Math.min(size, 2 ** Math.min(waves.length, 30));
    waves.push(workers.slice(at, at + next));
    at += next;
  }
  return [...waves, ...controlPlane.map((name) => [name])];
}

/** So that any stretch of the order holds of each zone about its share of all nodes; within a zone by name. */
function spreadOverZones(nodes: readonly WaveNode[]): WaveNode[] {
  const zones = Map.groupBy(nodes, ({ zone }) => zone);
  const placed = [...zones].flatMap(([zone, inZone]) =>
    inZone.map((node, index) => ({ node, zone, place: (index + 0.5) / inZone.length })),
  );
  return placed.sort((a, b) => a.place - b.place || (a.zone < b.zone ? -1 : 1)).map(({ node }) => node);
}

/** By name, numbers in it as numbers: node-2 before node-10. The same on every worker. */
export function byName(a: Pick<WaveNode, 'name'>, b: Pick<WaveNode, 'name'>): number {
  return a.name.localeCompare(b.name, 'en', { numeric: true }) || (a.name < b.name ? -1 : 1);
}
