import { type CalicoFacts, effectiveNftablesMode, targetNftablesMode } from '../../cluster/calico/detect.ts';
import { needsPolicyTimeoutNull } from '../../cluster/calico/versions.ts';
import type { ClusterEntry } from '../../cluster/clusters-file.ts';
import type { LinuxDataplane } from '../../model/mode.ts';
import type { CalicoPlan, PlannedChange } from '../../model/plan.ts';
import { diffOf, yamlLines } from './diff.ts';

/** What will be done to Calico: one patch of the Installation, or of FelixConfiguration `default`. */
export function planCalico(entry: ClusterEntry, calico: CalicoFacts): { plan: CalicoPlan; changes: PlannedChange[] } {
  const { install, version: calicoVersion, namespace, installation } = calico;
  const to = targetNftablesMode(calico);
  const from = effectiveNftablesMode(calico);
  const base = {
    install,
    version: calicoVersion,
    namespace,
    nftablesMode: { from, to },
    timeoutMs: entry.calico.timeoutMs,
  };
  const undo = 'The saved object is put back, and every Felix is awaited.';
  if (install === 'manifest') {
    const needed = from !== to;
    const diff = diffOf('spec', yamlLines({ nftablesMode: calico.nftablesMode }), yamlLines({ nftablesMode: to }));
    return {
      plan: { ...base, needed, clearPolicySetupTimeout: false },
      changes: needed ? [{ object: 'FelixConfiguration default', diff, undo }] : [],
    };
  }
  const network = installation?.spec?.calicoNetwork;
  const dataplane: LinuxDataplane = network?.linuxDataplane ?? 'Iptables';
  const timeout = network?.linuxPolicySetupTimeoutSeconds;
  const needed = dataplane !== 'Nftables';
  const clearPolicySetupTimeout = needsPolicyTimeoutNull(calicoVersion) && timeout !== undefined && timeout !== null;
  const diff = diffOf(
    'spec.calicoNetwork',
    yamlLines({ linuxDataplane: network?.linuxDataplane, linuxPolicySetupTimeoutSeconds: timeout }),
    yamlLines({
      linuxDataplane: 'Nftables',
      linuxPolicySetupTimeoutSeconds: clearPolicySetupTimeout ? undefined : timeout,
    }),
  );
  return {
    plan: { ...base, needed, dataplane: { from: dataplane, to: 'Nftables' }, clearPolicySetupTimeout },
    changes: needed ? [{ object: 'Installation default', diff, undo }] : [],
  };
}
