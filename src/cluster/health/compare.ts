import type { Baseline, WorseItem } from '../../model/health.ts';
import { byName } from '../../model/waves.ts';
import type { PodTrouble } from './pods.ts';
import type { Health } from './read-health.ts';

/** What is not well, in the form that a baseline keeps: pods on nodes that are not Ready too, since those may come back. */
export function summariseHealth(health: Health): Pick<Baseline, 'nodes' | 'onNodes' | 'counted'> {
  const nodes = [...health.nodes.values()].filter(({ trouble }) => trouble !== undefined);
  const counted: Record<string, number> = {};
  for (const { ofNode, controller } of health.troubles)
    if (!ofNode) counted[controller] = (counted[controller] ?? 0) + 1;
  return {
    nodes: nodes.map(({ name }) => name).sort(),
    onNodes: health.troubles
      .filter(({ ofNode }) => ofNode)
      .map(placeOf)
      .sort(),
    counted,
  };
}

/**
 * What is worse than it was: what got better and what was bad before is not in it. Nodes that have joined since are not Ready
 * for a while, which is no fault of the run.
 *
 * @param ignored nodes that are known to have failed, or were skipped: neither they nor the pods on them count
 * @returns nodes before pods, each by name
 */
export function worseThan(
  { nodes: wereNotReady, onNodes, counted, takenAt }: Baseline,
  health: Health,
  ignored: ReadonlySet<string> = new Set(),
): WorseItem[] {
  const knownNodes = new Set(wereNotReady);
  const nodes = [...health.nodes.values()].flatMap(({ name, trouble, createdAt }): WorseItem[] => {
    const joined = createdAt > Date.parse(takenAt);
    if (trouble === undefined || knownNodes.has(name) || ignored.has(name) || joined) return [];
    return [{ object: `Node ${name}`, node: name, why: trouble }];
  });
  const judged = health.troubles.filter(
    (pod) => isJudged(pod, health) && !(pod.node !== undefined && ignored.has(pod.node)),
  );
  const known = new Set(onNodes);
  const ofNodes = judged.filter((pod) => pod.ofNode && !known.has(placeOf(pod)));
  const others = [
    ...Map.groupBy(
      judged.filter(({ ofNode }) => !ofNode),
      ({ controller }) => controller,
    ),
  ].flatMap(([controller, pods]) => {
    // Which of them are the new ones nobody can tell: their names change. So many are as many as before.
    const before = counted[controller] ?? 0;
    return pods.length > before ? pods : [];
  });
  return [
    ...nodes.sort((a, b) => byName({ name: a.object }, { name: b.object })),
    ...[...ofNodes, ...others].map(toItem).sort((a, b) => byName({ name: a.object }, { name: b.object })),
  ];
}

/** A pod on a node that is not Ready, or that is gone, is not judged: the node is. One without a node is. */
function isJudged({ node }: PodTrouble, { nodes }: Health): boolean {
  if (node === undefined) return true;
  const found = nodes.get(node);
  return found !== undefined && found.trouble === undefined;
}

function placeOf({ controller, node }: PodTrouble): string {
  return `${controller} on ${node}`;
}

function toItem({ namespace, name, node, controller, why }: PodTrouble): WorseItem {
  return { object: `Pod ${namespace}/${name}`, ...(node === undefined ? {} : { node }), controller, why };
}
