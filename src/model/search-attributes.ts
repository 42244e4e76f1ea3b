/** Temporal search attributes of a run, all of type Keyword. `proxyshift worker` registers the ones that are missing. */
export const searchAttributes = {
  cluster: 'ProxyshiftCluster',
  phase: 'ProxyshiftPhase',
  target: 'ProxyshiftTargetMode',
  outcome: 'ProxyshiftOutcome',
} as const;
