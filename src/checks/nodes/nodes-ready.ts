import { type Check, count, few, finding, nodeObjects } from '../check.ts';

const code = 'PXS004';

/** A node that does not answer cannot be migrated, and nothing about it can be proven. */
export const nodesReady: Check = {
  code,
  category: 'nodes',
  title: 'Every Linux node is Ready',
  looksAt: 'condition Ready of every Linux node',
  essential: true,
  run: async (facts) => {
    const nodes = await facts.nodes();
    const notReady = nodes.filter((node) => !node.ready).map((node) => node.name);
    const saw = `${nodes.length - notReady.length} of ${count(nodes.length, 'node')} Ready`;
    if (nodes.length === 0) {
      const more = {
        fix: 'Make sure that this is the cluster you mean',
        command: 'kubectl get nodes -L kubernetes.io/os',
      };
      return { saw, findings: [finding(code, 'blocker', 'The cluster has no Linux node', more)] };
    }
    if (notReady.length === 0) return { saw, findings: [] };
    const more = {
      objects: nodeObjects(notReady),
      fix: 'Mend these nodes first, or delete those that are gone for good',
      command: 'kubectl describe node NODE',
    };
    return { saw, findings: [finding(code, 'blocker', `Not Ready: ${few(notReady)}`, more)] };
  },
};
