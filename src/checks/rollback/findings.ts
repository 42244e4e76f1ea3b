import semver from 'semver';
import type { Finding } from '../../model/finding.ts';
import type { SnapshotRun } from '../../model/snapshot.ts';
import { count, few, finding, nodeObjects } from '../check.ts';
import type { ClusterFacts } from '../facts.ts';
import { knownProblems } from '../kube-proxy/known-problems.ts';
import { readProxyVersion } from '../kube-proxy/proxy-version.ts';

/** What whoever approves a rollback has to know: about kube-proxy in the old mode, and about a snapshot of half a migration. */
export async function rollbackFindings(facts: ClusterFacts, { wayBack }: SnapshotRun): Promise<Finding[]> {
  const { from } = wayBack.kubeProxy;
  const found: Finding[] = [];
  if (from === 'ipvs') {
    const { version, text } = await readProxyVersion(facts);
    for (const { id, matters, affected, impact, fixed } of knownProblems) {
      if (matters !== 'rollback' || !semver.satisfies(version, affected)) continue;
      const fix = fixed
        ? `Upgrade kube-proxy first: ${fixed.join(', ')} and newer do not have it`
        : 'The canary node shows it before any other node is touched; change config.conf by hand first';
      const objects = ['DaemonSet kube-system/kube-proxy'];
      found.push(finding('PXS050', 'warning', `kube-proxy ${text} ${impact} (${id})`, { objects, fix }));
    }
  }
  const others = Object.entries(wayBack.otherModes);
  if (others.length > 0) {
    const nodes = few(others.map(([node, mode]) => `${node} (${mode})`));
    found.push(
      finding(
        'PXS016',
        'warning',
        `${count(others.length, 'node')} had another mode than ${from} when this was saved, and keep it: ${nodes}`,
        {
          objects: nodeObjects(others.map(([node]) => node)),
          fix: 'An older snapshot may be of the time before: proxyshift restore --list shows them',
        },
      ),
    );
  }
  return found;
}
