import { describeRef } from '../../cluster/objects.ts';
import { kubeProxyConfigMap } from '../../cluster/refs.ts';
import type { Target } from '../../model/request.ts';
import { type Check, readOrFault } from '../check.ts';
import type { ClusterFacts } from '../facts.ts';
import { proxyModeBeforeEbpf } from '../plan/ebpf.ts';
import { ownership } from './ownership.ts';

/** The mode is written into it: whoever writes it too takes the mode back, and pods that start afterwards follow. */
export const configMapOwner: Check = {
  code: 'PXS041',
  category: 'platform',
  title: 'Nobody else writes the ConfigMap of kube-proxy',
  looksAt: `labels, annotations and field managers of ${describeRef(kubeProxyConfigMap)}`,
  run: async (facts, target) => {
    const kept = await modeThatStays(facts, target);
    const changed =
      kept === undefined ? undefined : `it holds mode ${kept} already, so nothing is written that could be taken back`;
    return await ownership(facts, {
      code: 'PXS041',
      ref: kubeProxyConfigMap,
      field: ['data', 'config.conf'],
      severity: changed === undefined ? 'blocker' : 'note',
      means: (reverts) => changed ?? reverts,
    });
  },
};

/** The mode that is there and that the run leaves; on the way to eBPF that is not always the same one. */
async function modeThatStays(facts: ClusterFacts, target: Target): Promise<string | undefined> {
  // A ConfigMap that cannot be understood is for PXS011 to tell of.
  const config = await readOrFault(facts.proxyConfig);
  if (!('value' in config)) return undefined;
  const { mode, effectiveMode } = config.value.summary;
  if (target === 'ebpf') return effectiveMode === (await proxyModeBeforeEbpf(facts)) ? effectiveMode : undefined;
  return mode === 'nftables' ? mode : undefined;
}
