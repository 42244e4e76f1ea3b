import { type Installation, installationSchema } from '../../cluster/calico/installation-schema.ts';
import { needsPolicyTimeoutNull } from '../../cluster/calico/versions.ts';
import { overlayInstallation } from '../../cluster/refs.ts';
import type { Target } from '../../model/request.ts';
import { type Check, finding } from '../check.ts';
import { onOperator } from './on-calico.ts';

const code = 'PXS071';

/** What Installation `overlay` sets wins over `default`, which is what the run patches. */
export const overlay: Check = {
  code,
  category: 'calico',
  title: 'No Installation overlay undoes the switch',
  looksAt: 'Installation overlay',
  essential: true,
  run: onOperator(async ({ version }, facts, target) => {
    const found = await facts.object(overlayInstallation);
    if (found === undefined) return { saw: 'there is none', findings: [] };
    const parsed = installationSchema.parse(found);
    const saw = `linuxDataplane of overlay: ${parsed.spec.calicoNetwork?.linuxDataplane ?? 'not set'}`;
    const objects = ['Installation overlay'];
    const why = whatStands(parsed, version, target);
    if (why !== undefined) {
      const message = `Installation overlay sets ${why}, which wins over default: the switch would not take effect`;
      const fix = 'Take it out of overlay, or out of what makes overlay';
      const command = 'kubectl edit installation overlay';
      return { saw, findings: [finding(code, 'blocker', message, { objects, fix, command })] };
    }
    const message = 'Installation overlay is merged over default: what it sets wins, now and later';
    const fix = 'Make sure that whoever keeps overlay does not set linuxDataplane during the run';
    const command = 'kubectl get installation overlay -o yaml';
    return { saw, findings: [finding(code, 'warning', message, { objects, fix, command })] };
  }),
};

/** The field of the overlay that keeps the dataplane away. The operator validates what comes of the merge. */
function whatStands({ spec }: Installation, version: string, target: Target): string | undefined {
  const { linuxDataplane, linuxPolicySetupTimeoutSeconds: seconds } = spec.calicoNetwork ?? {};
  const wanted = target === 'ebpf' ? 'BPF' : 'Nftables';
  if (linuxDataplane && linuxDataplane !== wanted) return `linuxDataplane ${linuxDataplane}`;
  if (target === 'ebpf') return undefined;
  const refused = seconds !== undefined && seconds !== null && needsPolicyTimeoutNull(version);
  return refused ? `linuxPolicySetupTimeoutSeconds ${seconds}` : undefined;
}
