import { editProxyConfig } from '../../cluster/kube-proxy/config-edit.ts';
import { type Check, failureFinding, readOrFault } from '../check.ts';

const code = 'PXS011';

/** Only what can be read is changed. */
export const configReadable: Check = {
  code,
  category: 'kube-proxy',
  title: "kube-proxy's ConfigMap can be read and edited",
  looksAt: 'config.conf of ConfigMap kube-system/kube-proxy',
  essential: true,
  run: async (facts) => {
    const config = await readOrFault(async () => {
      const found = await facts.proxyConfig();
      // Throws where the text could only be edited by guessing.
      editProxyConfig(found.configMap.text, { mode: 'nftables' });
      return found;
    });
    if ('value' in config) return { saw: `mode: ${config.value.summary.mode ?? 'not set'}`, findings: [] };
    const found = {
      fix: 'Write config.conf as kubeadm does it',
      ...failureFinding(code, config.fault),
      command: 'kubectl -n kube-system get configmap kube-proxy -o yaml',
    };
    return { saw: 'none that can be edited', findings: [found], fault: config.fault };
  },
};
