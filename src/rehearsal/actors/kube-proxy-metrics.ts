/** What kube-proxy has done so far. Times in milliseconds since the epoch. */
export interface KubeProxyProgress {
  startedAt: number;
  /** `undefined` before the first sync. */
  syncedAt: number | undefined;
  syncFailures: number;
}

const families = ['IPv4', 'IPv6'] as const;

/** The metrics that tell whether rules are in the kernel, as text (k8s.io/kubernetes pkg/proxy/metrics at v1.35.4). */
export function kubeProxyMetrics({ startedAt, syncedAt, syncFailures }: KubeProxyProgress): string {
  return [
    '# HELP process_start_time_seconds Start time of the process since unix epoch in seconds.',
    '# TYPE process_start_time_seconds gauge',
    // Linux knows the start of a process in hundredths of a second.
    `process_start_time_seconds ${goFloat(Math.floor(startedAt / 10) / 100)}`,
    ...(syncedAt === undefined
      ? []
      : perFamily(
          'kubeproxy_sync_proxy_rules_last_timestamp_seconds',
          '[ALPHA] The last time proxy rules were successfully synced',
          'gauge',
          syncedAt / 1_000,
        )),
    // A counter of a family appears with its first increase.
    ...(syncFailures === 0
      ? []
      : perFamily(
          'kubeproxy_sync_proxy_rules_nftables_sync_failures_total',
          '[ALPHA] Cumulative proxy nftables sync failures',
          'counter',
          syncFailures,
        )),
    '',
  ].join('\n');
}

function perFamily(name: string, help: string, type: 'counter' | 'gauge', value: number): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...families.map((family) => `${name}{ip_family="${family}"} ${goFloat(value)}`),
  ];
}

/** A number as Go's Prometheus client prints it: `1.763825443981e+09`. */
function goFloat(value: number): string {
  return value < 1e6 ? String(value) : value.toExponential().replace(/e\+(\d)$/, 'e+0$1');
}
