import type { ObservedMode } from './mode.ts';
import type { Plan } from './plan.ts';

/** A node as a plan saw it. */
export interface PlannedNode {
  name: string;
  mode: ObservedMode;
  kernel: string;
}

/** Nodes that look alike, together: thousands of nodes have a handful of kernels, and a plan is in the history of its run. */
export function groupNodes(nodes: readonly PlannedNode[]): Plan['nodes'] {
  const groups = Map.groupBy(nodes, ({ mode, kernel }) => JSON.stringify([mode, kernel]));
  return [...groups.values()]
    .flatMap((alike) => {
      const [first] = alike;
      return first ? { mode: first.mode, kernel: first.kernel, names: alike.map(({ name }) => name).sort() } : [];
    })
    .sort((a, b) => (`${a.names[0]}` < `${b.names[0]}` ? -1 : 1));
}

/** The nodes of a plan, one by one. */
export function nodesOf({ nodes }: Pick<Plan, 'nodes'>): PlannedNode[] {
  return nodes.flatMap(({ mode, kernel, names }) => names.map((name) => ({ name, mode, kernel })));
}

export function countNodes({ nodes }: Pick<Plan, 'nodes'>): number {
  return nodes.reduce((sum, { names }) => sum + names.length, 0);
}
