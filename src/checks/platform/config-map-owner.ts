import { describeRef } from '../../cluster/objects.ts';
import { kubeProxyConfigMap } from '../../cluster/refs.ts';
import { type Check, readOrFault } from '../check.ts';
import type { ClusterFacts } from '../facts.ts';
import { ownership } from './ownership.ts';

/** The mode is written into it: whoever writes it too takes the mode back, and pods that start afterwards follow. */
export const configMapOwner: Check = {
  code: 'PXS041',
  category: 'platform',
  title: 'Nobody else writes the ConfigMap of kube-proxy',
  looksAt: `labels, annotations and field managers of ${describeRef(kubeProxyConfigMap)}`,
  run: async (facts) => {
    const changed = (await alreadySet(facts))
      ? 'it holds mode nftables already, so nothing is written that could be taken back'
      : undefined;
    return await ownership(facts, {
      code: 'PXS041',
      ref: kubeProxyConfigMap,
      field: ['data', 'config.conf'],
      severity: changed === undefined ? 'blocker' : 'note',
      means: (reverts) => changed ?? reverts,
    });
  },
};

async function alreadySet(facts: ClusterFacts): Promise<boolean> {
  // A ConfigMap that cannot be understood is for PXS011 to tell of.
  const config = await readOrFault(facts.proxyConfig);
  return 'value' in config && config.value.summary.mode === 'nftables';
}
