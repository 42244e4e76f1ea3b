import { z } from 'zod';
import { onCalico } from '../calico/on-calico.ts';
import { type Check, count, few, finding } from '../check.ts';
import { calicoObjects } from './calico-objects.ts';

const code = 'PXS084';

const poolSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({ cidr: z.string(), ipipMode: z.string().optional() }),
});

/**
 * No blocker: Felix's own tests run eBPF mode over IPIP (felix/fv/bpf_test.go of 3.32). The documentation recommends VXLAN
 * instead, which is much faster there; for IPv6 no dataplane has IPIP.
 */
export const ipipPools: Check = {
  code,
  category: 'ebpf',
  target: 'ebpf',
  title: 'No IP pool uses IPIP',
  looksAt: 'spec.ipipMode of every IPPool',
  run: onCalico(async (_, facts) => {
    const pools = (await calicoObjects(facts, 'ippools')).map((object) => poolSchema.parse(object));
    const ipip = pools
      .filter(({ spec: { ipipMode } }) => ipipMode !== undefined && ipipMode !== '' && ipipMode !== 'Never')
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    const saw = `${count(pools.length, 'IP pool')}, ${ipip.length} with IPIP`;
    if (ipip.length === 0) return { saw, findings: [] };
    const list = few(ipip.map(({ metadata, spec }) => `${metadata.name} (${spec.cidr}, ${spec.ipipMode})`));
    const message = `IP pools with IPIP, which is slow in eBPF mode and which Calico recommends VXLAN for: ${list}`;
    const more = {
      objects: ipip.map(({ metadata }) => `IPPool ${metadata.name}`),
      fix: 'Move these pools to VXLAN, or to no encapsulation where the network routes Pod addresses; with the operator in spec.calicoNetwork.ipPools of the Installation',
      command: 'kubectl get ippools.crd.projectcalico.org -o yaml',
    };
    return { saw, findings: [finding(code, 'warning', message, more)] };
  }),
};
