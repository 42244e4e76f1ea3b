import type { DaemonSet } from '../../cluster/daemon-sets.ts';
import { containerRunsProxy } from '../../cluster/kube-proxy/container.ts';
import { isStandby, standbySelector } from '../../cluster/standby/names.ts';
import { type Check, count, few, finding } from '../check.ts';

const code = 'PXS033';

/**
 * Each kube-proxy takes away what another mode has left on its node when it starts, so two of them work against each
 * other; and only the pods of kube-system/kube-proxy are replaced by a run.
 */
export const otherProxies: Check = {
  code,
  category: 'kube-proxy',
  title: 'kube-proxy runs from one DaemonSet alone',
  looksAt: 'DaemonSets of all namespaces, and the static pods of kube-system',
  run: async (facts) => {
    const [daemonSets, pods, ours] = await Promise.all([
      facts.daemonSets(),
      facts.systemPods(),
      facts.proxyDaemonSet(),
    ]);
    const all = daemonSets.filter((candidate) => runsLinuxProxy(candidate));
    const others = all.filter(({ metadata }) => `${metadata.namespace}/${metadata.name}` !== 'kube-system/kube-proxy');
    const statics = pods.filter(
      ({ owner, containers }) => owner?.kind === 'Node' && containers.some(containerRunsProxy),
    );
    const saw = `${count(all.length, 'DaemonSet')} and ${count(statics.length, 'static pod')} of kube-proxy`;
    // PXS010 says so, and then they are no second ones.
    if (ours === undefined) return { saw, findings: [] };
    const command = 'kubectl get daemonsets,pods -A -o wide | grep -i kube-proxy';
    const standbys = pods.filter(isStandby);
    const findings = [];
    if (standbys.length > 0) {
      const names = standbys.map(({ name }) => `Pod kube-system/${name}`).sort();
      const message = `Stand-bys that an earlier run has left: ${few(names)}`;
      const fix =
        'Take them away, with their rules: proxyshift restore CLUSTER does it, and so does the restore.sh of the snapshot';
      const standbyCommand = `kubectl -n kube-system get pods -l ${standbySelector} -o wide`;
      findings.push(finding(code, 'blocker', message, { objects: names, fix, command: standbyCommand }));
    }
    if (others.length > 0) {
      const names = others.map(({ metadata }) => `DaemonSet ${metadata.namespace}/${metadata.name}`).sort();
      const message = `kube-proxy runs from other DaemonSets too, which a run does not touch: ${few(names)}`;
      const fix = 'Bring all Linux nodes under DaemonSet kube-system/kube-proxy, and delete the others';
      findings.push(finding(code, 'blocker', message, { objects: names, fix, command }));
    }
    if (statics.length > 0) {
      const names = statics.map(({ name }) => `Pod kube-system/${name}`).sort();
      const message = `kube-proxy runs as a static pod beside its DaemonSet: ${few(names)}`;
      const fix = 'Take its manifest out of /etc/kubernetes/manifests of these nodes';
      findings.push(finding(code, 'blocker', message, { objects: names, fix, command }));
    }
    return { saw, findings };
  },
};

/** Those for Windows pick their nodes by the label of the operating system (kubernetes-sigs/sig-windows-tools). */
function runsLinuxProxy({ spec }: DaemonSet): boolean {
  const { nodeSelector, containers } = spec.template.spec;
  const os = nodeSelector['kubernetes.io/os'] ?? nodeSelector['beta.kubernetes.io/os'];
  return os !== 'windows' && containers.some(containerRunsProxy);
}
