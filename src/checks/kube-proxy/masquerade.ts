import type { ProxyConfigSummary } from '../../cluster/kube-proxy/config-edit.ts';
import type { Finding } from '../../model/finding.ts';
import { type Check, finding } from '../check.ts';

const code = 'PXS053';
const objects = ['ConfigMap kube-system/kube-proxy'];
const command =
  "kubectl -n kube-system get configmap kube-proxy -o jsonpath='{.data.config\\.conf}' | grep -A6 tables:";
/** `pkg/proxy/apis/config/v1alpha1/defaults.go` */
const DEFAULT_BIT = 14;

/** ipvs takes its masquerade settings from `iptables.*`, nftables from `nftables.*`; the edit carries the former across. */
export const masquerade: Check = {
  code,
  category: 'kube-proxy',
  target: 'nftables',
  title: 'nftables masquerades as ipvs does',
  looksAt: 'iptables.masquerade*, nftables.masquerade* and the sync periods of config.conf',
  run: async (facts) => {
    const { summary } = await facts.proxyConfig();
    const { iptables, nftables } = summary;
    const [bit, all] = [iptables.masqueradeBit ?? DEFAULT_BIT, iptables.masqueradeAll ?? false];
    const saw = `masqueradeAll ${all}, masqueradeBit ${bit}`;
    // What is written there now is what counts now.
    if (summary.effectiveMode === 'nftables') return { saw: `${saw}; the mode is nftables already`, findings: [] };
    const findings: Finding[] = [];
    // `false` is what installers write for "not set" (kubeadm marshals every field), so only `true` was a decision.
    if (nftables.masqueradeAll === true && !all) {
      findings.push(conflict('masqueradeAll', true, all, iptables.masqueradeAll !== undefined));
    } else if (all && nftables.masqueradeAll !== true) {
      findings.push(carried('masqueradeAll', all));
    }
    if (nftables.masqueradeBit !== undefined && nftables.masqueradeBit !== bit) {
      findings.push(conflict('masqueradeBit', nftables.masqueradeBit, bit, iptables.masqueradeBit !== undefined));
    } else if (nftables.masqueradeBit === undefined && bit !== DEFAULT_BIT) {
      findings.push(carried('masqueradeBit', bit));
    }
    return { saw, findings: [...findings, ...syncPeriods(summary)] };
  },
};

function carried(field: string, value: boolean | number): Finding {
  const message = `iptables.${field}: ${value} is carried across to nftables.${field}, where nftables mode looks for it`;
  return finding(code, 'note', message, { objects, command });
}

/** @param replaced the edit carries across only what is set, see `editProxyConfig` */
function conflict(field: string, there: boolean | number, now: boolean | number, replaced: boolean): Finding {
  const message = replaced
    ? `nftables.${field} is ${there}, but ipvs runs with iptables.${field}: ${now}; the run replaces the former by the latter`
    : `nftables.${field} is ${there} and counts after the run; ipvs runs with ${now}, since iptables.${field} is not set`;
  const fix = `Decide which is right, and write it into both iptables.${field} and nftables.${field}`;
  return finding(code, 'warning', message, { objects, fix, command });
}

/** Zero means the default, 30s; only a period that differs from it was a decision. */
function syncPeriods({ ipvs, nftables }: ProxyConfigSummary): Finding[] {
  const lost = (['syncPeriod', 'minSyncPeriod'] as const).filter((field) => {
    const period = ipvs[field] ?? '';
    return /[1-9]/.test(period) && !(field === 'syncPeriod' && period === '30s') && period !== nftables[field];
  });
  if (lost.length === 0) return [];
  const set = lost.map((field) => `ipvs.${field}: ${ipvs[field]}`).join(', ');
  const message = `${set} is not carried across: nftables mode has periods of its own (nftables.syncPeriod, nftables.minSyncPeriod)`;
  return [finding(code, 'note', message, { objects, command })];
}
