import { isIP } from 'node:net';
import semver, { type SemVer } from 'semver';
import type { Finding } from '../../model/finding.ts';
import { type Check, few, finding } from '../check.ts';
import { readProxyVersion } from './proxy-version.ts';

const code = 'PXS054';
const objects = ['ConfigMap kube-system/kube-proxy'];
const command = 'kubectl -n kube-system edit configmap kube-proxy';
/** The first that takes these words in any combination; before, only `primary`, and that alone. */
const KEYWORDS_SINCE = '1.37.0';

/**
 * On which addresses of a node NodePorts are served. An empty list is all of them in ipvs mode and only the primary ones in
 * nftables mode (`platformApplyDefaults` in cmd/kube-proxy/app/server_linux.go); the edit writes the former meaning down.
 */
export const nodePortAddresses: Check = {
  code,
  category: 'kube-proxy',
  title: 'nodePortAddresses means the same in nftables mode',
  looksAt: 'nodePortAddresses of config.conf',
  target: 'nftables',
  run: async (facts) => {
    const [{ summary }, { version, text }] = await Promise.all([facts.proxyConfig(), readProxyVersion(facts)]);
    const addresses = summary.nodePortAddresses;
    if (addresses.length === 0) {
      const meaning =
        summary.effectiveMode === 'nftables'
          ? 'only the primary addresses of a node, as this kube-proxy runs already'
          : 'all addresses of a node, which the run writes down as ranges';
      return { saw: `nodePortAddresses: empty, ${meaning}`, findings: [] };
    }
    const saw = `nodePortAddresses: ${addresses.join(', ')}`;
    const refused = addresses.filter((address) => !isTaken(address, addresses, version));
    if (refused.length > 0) {
      const message = `kube-proxy ${text} does not start with ${few(refused)} in nodePortAddresses`;
      const fix = semver.gte(version, KEYWORDS_SINCE)
        ? 'Write ranges such as 192.0.2.0/24, or primary, localhost, all'
        : 'Write ranges such as 192.0.2.0/24, or primary and nothing else beside it';
      return { saw, findings: [finding(code, 'blocker', message, { objects, fix, command })] };
    }
    return { saw, findings: loopback(addresses, version) };
  },
};

/** As `pkg/proxy/apis/config/validation/validation.go` has it. */
function isTaken(address: string, all: readonly string[], version: SemVer): boolean {
  if (semver.gte(version, KEYWORDS_SINCE) && ['primary', 'localhost', 'all'].includes(address)) return true;
  return address === 'primary' ? all.length === 1 : isCIDR(address);
}

function isCIDR(text: string): boolean {
  const [address = '', prefix = '', more] = text.split('/');
  const family = isIP(address);
  return family !== 0 && more === undefined && /^\d+$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}

/** ipvs leaves loopback addresses out (pkg/proxy/ipvs/proxier.go), nftables does and logs an error (pkg/proxy/nftables). */
function loopback(addresses: readonly string[], version: SemVer): Finding[] {
  const found = addresses.filter((address) => /^(?:localhost$|127\.|::1\/)/.test(address));
  if (found.length === 0) return [];
  const except = semver.gte(version, KEYWORDS_SINCE)
    ? ', unless feature gate KubeProxyNFTablesLocalhostNodePorts is on (TCP alone)'
    : '';
  const message = `nodePortAddresses has ${few(found)}: NodePorts are not served on loopback addresses in ipvs mode, and not in nftables mode either${except}`;
  return [finding(code, 'note', message, { objects, fix: 'Take it out: nftables mode logs an error for it', command })];
}
