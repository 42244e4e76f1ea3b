import { daemonSetTrouble } from '../cluster/daemon-sets.ts';
import { type Check, finding } from './check.ts';

const object = 'DaemonSet kube-system/kube-proxy';
const flags = ['--proxy-mode', '--masquerade-all', '--iptables-masquerade-bit', '--nodeport-addresses'];

/** The roll-out starts from a healthy DaemonSet; what is broken before would be taken for our doing. */
export const proxyDaemonSet: Check = {
  code: 'PXS010',
  title: 'DaemonSet kube-proxy exists and is healthy',
  run: ({ proxyDaemonSet: daemonSet }) => {
    if (daemonSet === undefined) {
      return [
        finding('PXS010', 'blocker', `${object} does not exist: kube-proxy is run by something else, or not at all`, {
          objects: [object],
          fix: 'On a platform that owns kube-proxy (k3s, RKE2, EKS add-on, GKE…), change the mode in its own configuration',
        }),
      ];
    }
    const trouble = daemonSetTrouble(daemonSet);
    if (trouble === undefined) return [];
    return [
      finding('PXS010', 'blocker', `${object} is not healthy: ${trouble}`, {
        objects: [object],
        fix: 'kubectl -n kube-system rollout status daemonset kube-proxy',
      }),
    ];
  },
};

/** With --config, kube-proxy ignores most flags; without it the ConfigMap is not what decides. */
export const proxyFlags: Check = {
  code: 'PXS013',
  title: 'kube-proxy is configured by its ConfigMap, not by flags',
  run: ({ proxyDaemonSet: daemonSet }) => {
    if (daemonSet === undefined) return [];
    const container = daemonSet.spec.template.spec.containers.find(({ name }) => name === 'kube-proxy');
    if (container === undefined) {
      return [finding('PXS013', 'blocker', `${object} has no container kube-proxy`, { objects: [object] })];
    }
    const words = [...container.command, ...container.args];
    const found = flags.filter((flag) => words.some((word) => word === flag || word.startsWith(`${flag}=`)));
    if (words.some((word) => word === '--config' || word.startsWith('--config=')) && found.length === 0) return [];
    const message =
      found.length > 0
        ? `${object} sets ${found.join(', ')}, which belongs into config.conf`
        : `${object} does not use --config: its ConfigMap does not decide the mode`;
    return [
      finding('PXS013', 'blocker', message, {
        objects: [object],
        fix: 'kubectl -n kube-system edit daemonset kube-proxy',
      }),
    ];
  },
};
