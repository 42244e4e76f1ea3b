import { type Check, few, finding, nodeObjects } from './check.ts';

/** A node that does not answer cannot be migrated, and nothing about it can be proven. */
export const nodesReady: Check = {
  code: 'PXS004',
  title: 'Every Linux node is Ready',
  run: ({ nodes }) => {
    const notReady = nodes.filter((node) => !node.ready).map((node) => node.name);
    if (nodes.length === 0) return [finding('PXS004', 'blocker', 'The cluster has no Linux node')];
    if (notReady.length === 0) return [];
    return [
      finding('PXS004', 'blocker', `Not Ready: ${few(notReady)}`, {
        objects: nodeObjects(notReady),
        fix: 'Mend or delete these nodes first: kubectl describe node NODE',
      }),
    ];
  },
};
