import type { DaemonSet } from '../../cluster/daemon-sets.ts';
import { findKured } from '../../cluster/kured.ts';
import type { LinuxNode } from '../../cluster/nodes.ts';
import type { Finding } from '../../model/finding.ts';
import { few, finding, nodeObjects } from '../check.ts';

const code = 'PXS009';

/** kured reboots a node whenever it needs to: what it does now blocks, what it may do is a note. */
export function rebootFindings(nodes: readonly LinuxNode[], daemonSets: readonly DaemonSet[]): Finding[] {
  const kured = findKured(daemonSets);
  if (kured === undefined) return [];
  const [namespace, name] = kured.daemonSet.split('/');
  const object = `DaemonSet ${kured.daemonSet}`;
  const known = new Set(nodes.map((node) => node.name));
  const rebooting = kured.holders.filter((holder) => known.has(holder)).sort();
  if (rebooting.length > 0) {
    const more = {
      objects: [object, ...nodeObjects(rebooting)],
      fix: 'Wait until kured has given its lock back',
      command: `kubectl -n ${namespace} get daemonset ${name} -o jsonpath='{.metadata.annotations}'`,
    };
    return [finding(code, 'blocker', `kured is rebooting ${few(rebooting)}: its lock is held`, more)];
  }
  // A lock that no node holds was taken by a person, to pause kured: https://kured.dev/docs/operation/
  if (kured.holders.length > 0) return [];
  const more = {
    objects: [object],
    fix: 'Hold its lock for the time of the run, and remove the annotation afterwards',
    command: `kubectl -n ${namespace} annotate daemonset ${name} weave.works/kured-node-lock='{"nodeID":"manual"}'`,
  };
  return [finding(code, 'note', 'kured may reboot a node in the middle of the run', more)];
}
