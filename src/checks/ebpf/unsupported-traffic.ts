import { z } from 'zod';
import { onCalico } from '../calico/on-calico.ts';
import { type Check, count, finding } from '../check.ts';
import { choose } from '../services/chosen.ts';
import { calicoObjects } from './calico-objects.ts';

const code = 'PXS087';

const felixSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({ floatingIPs: z.string().optional() }).prefault({}),
});

/** Neither has an implementation in eBPF mode: BPF programs have no SCTP checksum (Calico's documentation, not supported). */
export const unsupportedTraffic: Check = {
  code,
  category: 'ebpf',
  target: 'ebpf',
  title: 'No Service uses SCTP, and floating IPs are off',
  looksAt: 'ports of every Service, and floatingIPs of every FelixConfiguration',
  run: onCalico(async (_, facts) => {
    const [services, felix] = await Promise.all([facts.services(), calicoObjects(facts, 'felixconfigurations')]);
    const sctp = choose(services.filter(({ protocols }) => protocols.includes('SCTP')));
    const floating = felix
      .map((object) => felixSchema.parse(object))
      .filter(({ spec }) => spec.floatingIPs === 'Enabled')
      .map(({ metadata }) => metadata.name)
      .sort();
    const findings = [];
    if (sctp.services.length > 0) {
      const more = {
        objects: sctp.objects,
        fix: 'Move these Services to another cluster, or stay with nftables',
        command: 'kubectl get services -A -o wide | grep SCTP',
      };
      findings.push(finding(code, 'blocker', `eBPF mode does not serve SCTP: ${sctp.named()}`, more));
    }
    if (floating.length > 0) {
      const more = {
        objects: floating.map((name) => `FelixConfiguration ${name}`),
        fix: 'Do without floating IPs, or stay with nftables',
        command: `kubectl get felixconfigurations.crd.projectcalico.org ${floating[0]} -o yaml`,
      };
      const message = `eBPF mode has no floating IPs, which are Enabled in FelixConfiguration ${floating.join(', ')}`;
      findings.push(finding(code, 'blocker', message, more));
    }
    const saw = `${count(sctp.services.length, 'Service')} with SCTP, floating IPs ${floating.length > 0 ? 'on' : 'off'}`;
    return { saw, findings };
  }),
};
