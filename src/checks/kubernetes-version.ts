import semver from 'semver';
import { type Check, finding } from './check.ts';

/** nftables mode: beta and on by default from 1.31, GA in 1.33 (KEP-3866). */
export const kubernetesVersion: Check = {
  code: 'PXS002',
  title: 'Kubernetes is 1.31 or newer',
  run: ({ kubernetesVersion: text }) => {
    const version = semver.coerce(text);
    if (version === null) return [finding('PXS002', 'blocker', `The API server's version "${text}" cannot be read`)];
    if (semver.lt(version, '1.31.0')) {
      return [
        finding(
          'PXS002',
          'blocker',
          `Kubernetes ${text} has no nftables mode that is on by default: 1.31 is the first`,
          {
            fix: 'Upgrade the cluster to 1.33 or newer: kubeadm upgrade plan',
          },
        ),
      ];
    }
    if (semver.lt(version, '1.33.0')) {
      return [
        finding('PXS002', 'warning', `kube-proxy's nftables mode is beta in Kubernetes ${text}; it is GA from 1.33`),
      ];
    }
    return [];
  },
};
