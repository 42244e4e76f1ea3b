import { effectiveNftablesMode } from '../../cluster/calico/detect.ts';
import { cleansUpOtherMode } from '../../cluster/calico/versions.ts';
import { type Check, finding } from '../check.ts';
import { onTarget } from './on-calico.ts';

const code = 'PXS072';

/** Felix takes away what it left in the other mode from 3.31.0 on (projectcalico/calico#10530). */
export const staleRules: Check = {
  code,
  category: 'calico',
  target: 'nftables',
  title: 'Felix takes away its iptables rules after the switch',
  looksAt: "Calico's version, and whether it is to be switched",
  run: onTarget(async ({ calico, mode }) => {
    const { version } = calico;
    if (cleansUpOtherMode(version)) return { saw: `Calico ${version} does`, findings: [] };
    if (effectiveNftablesMode(calico) === mode) return { saw: 'it runs nftables already', findings: [] };
    const message = `Calico ${version} leaves its iptables rules behind when it is switched (calico#10530), and the run does not flush them: they can drop traffic of new pods on a node until it is rebooted`;
    const more = {
      fix: 'Reboot each node after the run, one at a time, or upgrade to Calico 3.31.7 or newer first',
      command: 'kubectl drain NODE --ignore-daemonsets --delete-emptydir-data',
    };
    return { saw: `Calico ${version} does not`, findings: [finding(code, 'warning', message, more)] };
  }),
};
