import { type Check, finding } from './check.ts';

/**
 * The evidence of every node travels in one payload, and Temporal takes 2 MB: measured, a report reaches that at about
 * 2,800 nodes with long names.
 */
const MOST_NODES = 2_000;

export const clusterSize: Check = {
  code: 'PXS005',
  title: 'The cluster has at most 2000 Linux nodes',
  run: ({ nodes }) =>
    nodes.length <= MOST_NODES
      ? []
      : [
          finding(
            'PXS005',
            'blocker',
            `The cluster has ${nodes.length} Linux nodes; this version takes at most ${MOST_NODES}`,
          ),
        ],
};
