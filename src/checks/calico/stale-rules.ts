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
    const message = `Calico ${version} leaves its iptables rules behind when it is switched (calico#10530): they can drop traffic of new pods on a node until they are flushed or it is rebooted; the run waits for a person to do that on every node`;
    const more = {
      fix: 'Have somebody who can reboot or log in to every node then, or upgrade to Calico 3.31.7 or newer first',
      command: 'proxyshift confirm CLUSTER flush-stale-rules',
    };
    return { saw: `Calico ${version} does not`, findings: [finding(code, 'warning', message, more)] };
  }),
};
