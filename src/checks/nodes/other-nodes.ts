import { type Check, count, few, finding, nodeObjects } from '../check.ts';

const code = 'PXS031';

/** kube-proxy on Windows has a mode of its own (kernelspace), and behind a virtual node no machine runs one. */
export const otherNodes: Check = {
  code,
  category: 'nodes',
  title: 'All nodes are Linux machines',
  looksAt: 'operating system, labels and taints of every node',
  run: async (facts) => {
    const nodes = await facts.allNodes();
    const virtual = nodes.filter((node) => node.virtual).map(({ name }) => name);
    const windows = nodes.filter((node) => !node.virtual && node.os !== 'linux').map(({ name }) => name);
    const saw = `${count(nodes.length, 'node')}, ${windows.length} of Windows, ${virtual.length} virtual`;
    return {
      saw,
      findings: [
        ...note(windows, 'Left alone, since kube-proxy on Windows has no nftables mode', 'kubernetes.io/os'),
        ...note(
          virtual,
          'Left alone, since kube-proxy does not run behind a virtual node',
          'type,eks.amazonaws.com/compute-type',
        ),
      ],
    };
  },
};

function note(names: readonly string[], why: string, labels: string) {
  if (names.length === 0) return [];
  const message = `${why}: ${count(names.length, 'node')} (${few(names)})`;
  return [finding(code, 'note', message, { objects: nodeObjects(names), command: `kubectl get nodes -L ${labels}` })];
}
