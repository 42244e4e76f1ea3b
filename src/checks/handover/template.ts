import { describeRef } from '../../cluster/objects.ts';
import { kubeProxyDaemonSet } from '../../cluster/refs.ts';
import { standbyConfig } from '../../cluster/standby/config.ts';
import { standbyPod } from '../../cluster/standby/pod.ts';
import { Failure } from '../../model/failure.ts';
import { type Check, finding, readOrFault } from '../check.ts';

const code = 'PXS091';
const object = describeRef(kubeProxyDaemonSet);

/** A stand-by is made of the template of the DaemonSet and of the ConfigMap. */
export const template: Check = {
  code,
  category: 'handover',
  handover: 'make-before-break',
  title: "A stand-by can be made of kube-proxy's own template and configuration",
  looksAt: `the template of ${object}: host network, and --config once; config.conf of its ConfigMap`,
  run: async (facts) => {
    const [daemonSet, { configMap }] = await Promise.all([facts.proxyDaemonSet(), facts.proxyConfig()]);
    const made = await readOrFault(async () => {
      if (daemonSet === undefined) throw new Failure('Invalid', `${object} does not exist`);
      if (!daemonSet.spec.template.spec.hostNetwork)
        throw new Failure('Invalid', `${object} does not run in the network of its nodes`);
      const config = standbyConfig(configMap.text, 'nftables');
      return standbyPod({ daemonSet, node: 'any', purpose: 'serve', mode: 'nftables', config });
    });
    if ('value' in made) return { saw: 'a pod could be made of it', findings: [] };
    const message = `${made.fault.message}: nodes are handed over by restart`;
    const fix = "Have the template name its configuration with --config, as kubeadm's does";
    const command = 'kubectl -n kube-system edit daemonset kube-proxy';
    return {
      saw: 'no pod can be made of it',
      findings: [finding(code, 'warning', message, { objects: [object], fix, command })],
    };
  },
};
