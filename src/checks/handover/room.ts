import { describePermission, roomPermissions } from '../../cluster/permissions.ts';
import { type Resource, requestsOf, shortOf } from '../../cluster/standby/room.ts';
import { type Check, few, finding, nodeObjects, readOrFault } from '../check.ts';

const code = 'PXS097';

/**
 * A note, and no part of the plan: pods come and go, and in the end the kubelet of each node decides. A node that does not take
 * a stand-by is restarted.
 */
export const room: Check = {
  code,
  category: 'handover',
  handover: 'make-before-break',
  title: 'Every node has room for one more pod',
  looksAt: 'what each node has to give, and what the pods on it ask for',
  live: true,
  run: async (facts) => {
    const command = "kubectl describe nodes | grep -A 9 '^Allocated resources'";
    const missing = await facts.missing(roomPermissions);
    if (missing.length > 0) {
      const what = missing.map(describePermission).join(', ');
      const message = `Not permitted: ${what}: which nodes are full is seen when their kubelets refuse a stand-by; such nodes are restarted`;
      const fix = 'Grant it, or leave it: it only tells beforehand';
      return { saw: 'not permitted', findings: [finding(code, 'note', message, { fix, command })] };
    }
    const [nodes, standby, taken] = await Promise.all([
      facts.nodes(),
      readOrFault(() => facts.standbySpec()),
      readOrFault(() => facts.podRequests()),
    ]);
    if ('fault' in taken) {
      const message = `What pods ask of their nodes could not be understood (${taken.fault.message}): which nodes are full is seen when their kubelets refuse a stand-by; such nodes are restarted`;
      const fix = 'Nothing: it only tells beforehand';
      return { saw: 'not understood', findings: [finding(code, 'note', message, { fix, command })] };
    }
    // PXS091 says so.
    if ('fault' in standby || standby.value === undefined) return { saw: 'no stand-by can be made', findings: [] };
    const needed = requestsOf(standby.value);
    const full = nodes.flatMap((node) => {
      const short = shortOf(node, taken.value.get(node.name), needed);
      return short.length > 0 ? [{ node: node.name, short }] : [];
    });
    const saw = `${nodes.length - full.length} of ${nodes.length} nodes have room`;
    if (full.length === 0) return { saw, findings: [] };
    const message = `No room for a stand-by on ${few(full.map(describe))}: ${full.length === 1 ? 'it is' : 'they are'} handed over by restart, unless there is room by then`;
    const fix = 'Move a pod away from each of them first, or accept restarts there';
    const objects = nodeObjects(full.map(({ node }) => node));
    return { saw, findings: [finding(code, 'note', message, { objects, fix, command })] };
  },
};

function describe({ node, short }: { node: string; short: readonly Resource[] }): string {
  return `${node} (${short.join(', ')})`;
}
