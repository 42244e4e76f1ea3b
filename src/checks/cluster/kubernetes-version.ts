import semver from 'semver';
import { type Check, finding } from '../check.ts';

const code = 'PXS002';
const command = 'kubectl version';

/** nftables mode: beta and on by default from 1.31, GA in 1.33 (KEP-3866). */
export const kubernetesVersion: Check = {
  code,
  category: 'cluster',
  target: 'nftables',
  title: 'Kubernetes is 1.31 or newer',
  looksAt: 'the version of the API server',
  run: async (facts) => {
    const text = await facts.kubernetesVersion();
    const version = semver.coerce(text);
    const saw = `Kubernetes ${text}`;
    if (version === null) {
      const message = `The API server's version "${text}" cannot be read`;
      const fix = 'Find out what answers as the API server, and which Kubernetes it is';
      return { saw, findings: [finding(code, 'blocker', message, { fix, command })] };
    }
    if (semver.lt(version, '1.31.0')) {
      const message = `Kubernetes ${text} has no nftables mode that is on by default: 1.31 is the first`;
      const fix = 'Upgrade the cluster to 1.33 or newer';
      return { saw, findings: [finding(code, 'blocker', message, { fix, command: 'kubeadm upgrade plan' })] };
    }
    if (semver.lt(version, '1.33.0')) {
      const message = `kube-proxy's nftables mode is beta in Kubernetes ${text}; it is GA from 1.33`;
      const fix = 'Upgrade the cluster to 1.33 or newer, or accept it with the approval';
      return { saw, findings: [finding(code, 'warning', message, { fix, command })] };
    }
    return { saw, findings: [] };
  },
};
