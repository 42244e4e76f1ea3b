import { felixConfigurationSchema } from '../../cluster/calico/installation-schema.ts';
import { felixConfigurationDefault } from '../../cluster/refs.ts';
import { type Check, finding } from '../check.ts';
import { onCalico } from './on-calico.ts';

const code = 'PXS024';

const fix = 'A cluster on this dataplane has no use for kube-proxy in nftables mode';

/** BPF and VPP take the place of kube-proxy's rules: another migration than this one. */
export const dataplane: Check = {
  code,
  category: 'calico',
  title: "Calico's dataplane is Iptables or Nftables",
  looksAt: 'spec.calicoNetwork.linuxDataplane of the Installation, spec.bpfEnabled of FelixConfiguration default',
  target: 'nftables',
  essential: true,
  run: onCalico(async ({ installation }, facts) => {
    const now = installation?.spec?.calicoNetwork?.linuxDataplane;
    const felix = await facts.object(felixConfigurationDefault);
    const bpf = felix ? felixConfigurationSchema.parse(felix).spec.bpfEnabled : undefined;
    const saw = `linuxDataplane: ${now ?? 'not set'}, bpfEnabled: ${bpf ?? 'not set'}`;
    if (now && now !== 'Iptables' && now !== 'Nftables') {
      const command = 'kubectl get installation default -o yaml';
      const message = `linuxDataplane is ${now}: proxyshift moves Iptables to Nftables`;
      return {
        saw,
        findings: [finding(code, 'blocker', message, { objects: ['Installation default'], fix, command })],
      };
    }
    if (!bpf) return { saw, findings: [] };
    const objects = ['FelixConfiguration default'];
    const command = 'kubectl get felixconfigurations.crd.projectcalico.org default -o yaml';
    const message = 'FelixConfiguration default has bpfEnabled: true: Calico runs eBPF, not Iptables or Nftables';
    return { saw, findings: [finding(code, 'blocker', message, { objects, fix, command })] };
  }),
};
