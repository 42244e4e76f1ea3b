import { type Check, count, finding } from '../check.ts';

const code = 'PXS005';
/**
 * What Kubernetes supports (https://kubernetes.io/docs/setup/best-practices/cluster-large/), and what was measured: of 5,000
 * nodes the report, with the evidence of each in one payload, is well below the 2 MB that Temporal takes.
 */
const MOST_NODES = 5_000;

export const clusterSize: Check = {
  code,
  category: 'nodes',
  title: 'The cluster has at most 5000 Linux nodes',
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
