import { daemonSetTrouble } from '../../cluster/daemon-sets.ts';
import { type Check, count, finding } from '../check.ts';
import { runsEbpf } from '../ebpf/runs-ebpf.ts';

const code = 'PXS010';
const object = 'DaemonSet kube-system/kube-proxy';

/** The roll-out starts from a healthy DaemonSet; what is broken before would be taken for our doing. */
export const daemonSetHealthy: Check = {
  code,
  category: 'kube-proxy',
  title: 'DaemonSet kube-proxy exists and is healthy',
  looksAt: object,
  essential: true,
  run: async (facts, target) => {
    const daemonSet = await facts.proxyDaemonSet();
    if (daemonSet === undefined) {
      const message = `${object} does not exist: kube-proxy is run by something else, or not at all`;
      const more = {
        objects: [object],
        fix: 'On a platform that owns kube-proxy (k3s, RKE2, EKS add-on, GKE…), change the mode in its own configuration',
        command: 'kubectl get pods -A -o wide | grep -i proxy',
      };
      return { saw: 'no such DaemonSet', findings: [finding(code, 'blocker', message, more)] };
    }
    const { numberReady, desiredNumberScheduled } = daemonSet.status;
    const saw = `${numberReady} of ${count(desiredNumberScheduled, 'pod')} ready`;
    const trouble = daemonSetTrouble(daemonSet);
    if (trouble === undefined) return { saw, findings: [] };
    if (target === 'ebpf' && (await runsEbpf(facts))) return { saw: `${saw}; eBPF is in its place`, findings: [] };
    const command = 'kubectl -n kube-system rollout status daemonset kube-proxy';
    const more = { objects: [object], fix: 'Finish or mend the roll-out first', command };
    return { saw, findings: [finding(code, 'blocker', `${object} is not healthy: ${trouble}`, more)] };
  },
};
