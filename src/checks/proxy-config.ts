import { type Check, failureFinding, finding } from './check.ts';

const object = 'ConfigMap kube-system/kube-proxy';

/** Only what can be read is changed. */
export const proxyConfig: Check = {
  code: 'PXS011',
  title: "kube-proxy's ConfigMap can be read and edited",
  run: ({ proxyConfig: config }) => ('failure' in config ? [failureFinding('PXS011', config.failure)] : []),
};

/** kube-proxy's clean-up of IPVS ignores excludeCIDRs and flushes every virtual server (pkg/proxy/ipvs, CleanupLeftovers). */
export const excludeCIDRs: Check = {
  code: 'PXS014',
  title: 'No virtual servers of others are in IPVS (ipvs.excludeCIDRs is empty)',
  run: ({ proxyConfig: config }) => {
    if ('failure' in config) return [];
    const { excludeCIDRs: excluded } = config.value.summary.ipvs;
    if (excluded.length === 0) return [];
    return [
      finding(
        'PXS014',
        'blocker',
        `ipvs.excludeCIDRs (${excluded.join(', ')}) protects IPVS entries of others; kube-proxy flushes them when it leaves ipvs`,
        {
          objects: [object],
          fix: 'Move what made these virtual servers elsewhere, then empty the list: kubectl -n kube-system edit configmap kube-proxy',
        },
      ),
    ];
  },
};

/** nftables knows one way to spread connections: at random. */
export const scheduler: Check = {
  code: 'PXS015',
  title: 'No IPVS scheduler is chosen',
  run: ({ proxyConfig: config }) => {
    if ('failure' in config) return [];
    const { scheduler: name } = config.value.summary.ipvs;
    if (!name || name === 'rr') return [];
    return [
      finding(
        'PXS015',
        'warning',
        `ipvs.scheduler is ${name}; nftables spreads connections at random and has no other way`,
        { objects: [object] },
      ),
    ];
  },
};
