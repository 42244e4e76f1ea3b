import { type Check, count, few, finding, nodeObjects } from '../check.ts';

const code = 'PXS032';

/**
 * The pods of a DaemonSet tolerate a cordon (`node.kubernetes.io/unschedulable`), so such a node is migrated as well. A
 * note and not a warning: autoscalers and upgrades cordon all the time, and a plan must not change with it.
 */
export const cordonedNodes: Check = {
  code,
  category: 'nodes',
  title: 'No node is cordoned',
  looksAt: 'spec.unschedulable of every Linux node',
  run: async (facts) => {
    const nodes = await facts.nodes();
    const cordoned = nodes.filter(({ schedulable }) => !schedulable).map(({ name }) => name);
    const saw = `${cordoned.length} of ${count(nodes.length, 'node')} cordoned`;
    if (cordoned.length === 0) return { saw, findings: [] };
    const message = `Cordoned, and migrated like the others: ${few(cordoned)}; a node that is drained to be removed or upgraded should be gone, or back, before the run`;
    const more = {
      objects: nodeObjects(cordoned),
      fix: 'Finish the drain or the upgrade that is under way, or uncordon the node',
      command: 'kubectl uncordon NODE',
    };
    return { saw, findings: [finding(code, 'note', message, more)] };
  },
};
