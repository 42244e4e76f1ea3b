import { type Check, count, finding } from '../check.ts';

const code = 'PXS005';
/**
 * The evidence of every node travels in one payload, and Temporal takes 2 MB: measured, a report reaches that at about
 * 2,800 nodes with long names.
 */
const MOST_NODES = 2_000;

export const clusterSize: Check = {
  code,
  category: 'nodes',
  title: 'The cluster has at most 2000 Linux nodes',
  looksAt: 'the number of Linux nodes',
  essential: true,
  run: async (facts) => {
    const { length } = await facts.nodes();
    const saw = count(length, 'Linux node');
    if (length <= MOST_NODES) return { saw, findings: [] };
    const message = `The cluster has ${length} Linux nodes; this version takes at most ${MOST_NODES}`;
    const more = {
      fix: 'Migrate this cluster by hand, or wait for a version that takes more',
      command: 'kubectl get nodes -l kubernetes.io/os=linux --no-headers | wc -l',
    };
    return { saw, findings: [finding(code, 'blocker', message, more)] };
  },
};
