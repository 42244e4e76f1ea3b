import { type CalicoFacts, effectiveNftablesMode } from '../../cluster/calico/detect.ts';
import { felixConfigurationDefault, installation } from '../../cluster/refs.ts';
import type { NftablesMode } from '../../model/mode.ts';
import type { Target } from '../../model/request.ts';
import { onTarget } from '../calico/on-calico.ts';
import type { Check } from '../check.ts';
import { ownership } from './ownership.ts';

/** The dataplane is written into the Installation, or into FelixConfiguration `default` where there is no operator. */
export const calicoOwner: Check = {
  code: 'PXS043',
  category: 'platform',
  title: "Nobody else writes Calico's dataplane",
  looksAt: 'labels, annotations and field managers of Installation default, or of FelixConfiguration default',
  run: onTarget(async ({ calico, mode }, facts, target) => {
    const changed = alreadySet(calico, mode, target)
      ? `it holds the ${target} dataplane already, so nothing is written that could be taken back`
      : undefined;
    return await ownership(facts, {
      code: 'PXS043',
      ...(calico.install === 'operator'
        ? { ref: installation, field: ['spec', 'calicoNetwork', 'linuxDataplane'] }
        : { ref: felixConfigurationDefault, field: ['spec', 'nftablesMode'] }),
      severity: changed === undefined ? 'blocker' : 'note',
      means: (reverts) => changed ?? reverts,
    });
  }),
};

function alreadySet(calico: CalicoFacts, mode: NftablesMode, target: Target): boolean {
  const dataplane = target === 'ebpf' ? 'BPF' : 'Nftables';
  if (calico.install === 'operator') return calico.installation?.spec?.calicoNetwork?.linuxDataplane === dataplane;
  return effectiveNftablesMode(calico) === mode;
}
