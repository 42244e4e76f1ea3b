import semver from 'semver';
import { type Check, count, finding } from '../check.ts';
import { readProxyVersion } from '../kube-proxy/proxy-version.ts';
import { chooseServices } from './chosen.ts';

const code = 'PXS064';

/**
 * From where a first sync in nftables mode was reported to take minutes: 2 to 20 with 5,006 Services and 250,011 endpoints
 * before 1.36 (kubernetes/kubernetes#135639), 17 with 44,125 Services in 1.36.1 (#139513).
 */
const MANY_SERVICES = 5_000;
const MANY_ENDPOINTS = 50_000;
const FIRST_FASTER = '1.36.0';

/** The message names the limit and not the numbers: endpoints come and go, and a plan must not change with them. */
export const scale: Check = {
  code,
  category: 'services',
  target: 'nftables',
  title: 'At most 5,000 Services and 50,000 endpoints',
  looksAt: 'the number of Services, and of endpoints in EndpointSlices',
  run: async (facts) => {
    const [{ services }, endpoints, { version }] = await Promise.all([
      chooseServices(facts, () => true),
      facts.endpoints(),
      readProxyVersion(facts),
    ]);
    const saw = `${count(services.length, 'Service')}, ${count(endpoints, 'endpoint')}`;
    const above = [
      ...(services.length > MANY_SERVICES ? ['5,000 Services'] : []),
      ...(endpoints > MANY_ENDPOINTS ? ['50,000 endpoints'] : []),
    ];
    if (above.length === 0) return { saw, findings: [] };
    const faster = semver.gte(version, FIRST_FASTER);
    const reports = faster ? 'kubernetes#139513' : 'kubernetes#135639, better from 1.36 on, and #139513';
    const message = `The cluster has more than ${above.join(' and ')}: the first sync of kube-proxy in nftables mode may take minutes on each node (${reports})`;
    const more = {
      fix: 'Give a node more time than its first sync takes (rollout.nodeTimeout in clusters.yaml, default 5m), and look at how long the canary was without Services before the waves begin',
      command:
        'kubectl -n kube-system port-forward POD 10249:10249 & curl -s http://127.0.0.1:10249/metrics | grep sync_proxy_rules_duration_seconds_sum',
    };
    return { saw, findings: [finding(code, 'warning', message, more)] };
  },
};
