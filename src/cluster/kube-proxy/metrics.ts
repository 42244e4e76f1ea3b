import { Failure } from '../../model/failure.ts';

/**
 * What kube-proxy's `/metrics` says of its syncs. Names: `pkg/proxy/metrics/metrics.go` (read in 1.35.4).
 * A family is the label `ip_family`, `IPv4` or `IPv6`; kube-proxy before kubernetes#129173 has one series for both,
 * which stands here under `all`.
 */
export interface ProxyMetrics {
  /** Unix time at which the process started, seconds. */
  processStartSeconds: number | undefined;
  /** Unix time of the last successful sync, seconds, by family. 0 or absent: none yet. */
  lastSyncSeconds: Record<string, number>;
  /** Unix time at which a sync was last asked for, seconds, by family. It names the families that this process serves. */
  lastQueuedSeconds: Record<string, number>;
  /** Failed nftables transactions since the start, all families. */
  nftablesSyncFailures: number;
  /** Failed clean-ups of stale nftables chains since the start, all families. */
  nftablesCleanupFailures: number;
}

interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const sampleLine = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+-?\d+)?$/;
const labelPair = /\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/y;

/** Prometheus' text format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/ */
function parseSample(line: string): Sample | undefined {
  const [, name, labelText = '', valueText] = sampleLine.exec(line) ?? [];
  if (name === undefined || valueText === undefined) return undefined;
  const labels: Record<string, string> = {};
  labelPair.lastIndex = 0;
  let read = 0;
  for (let match = labelPair.exec(labelText); match; match = labelPair.exec(labelText)) {
    const [, label = '', value = ''] = match;
    labels[label] = value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
    read = labelPair.lastIndex;
  }
  if (labelText.slice(read).trim() !== '') return undefined;
  const infinite = /^([+-]?)Inf$/i.exec(valueText);
  const value = infinite ? (infinite[1] === '-' ? -Infinity : Infinity) : Number(valueText);
  return Number.isNaN(value) && !/^nan$/i.test(valueText) ? undefined : { name, labels, value };
}

/**
 * Reads the body of kube-proxy's `/metrics`. Only the few metrics above are looked at; of the rest just the form is.
 * @throws Failure `Invalid`, with the line: the body is not Prometheus text.
 */
export function parseProxyMetrics(body: string): ProxyMetrics {
  const metrics: ProxyMetrics = {
    processStartSeconds: undefined,
    lastSyncSeconds: {},
    lastQueuedSeconds: {},
    nftablesSyncFailures: 0,
    nftablesCleanupFailures: 0,
  };
  for (const [index, line] of body.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const sample = parseSample(line.trimEnd());
    if (!sample) {
      throw new Failure(
        'Invalid',
        `the metrics of kube-proxy are not Prometheus text: line ${index + 1} is ${JSON.stringify(line.slice(0, 80))}`,
      );
    }
    const family = sample.labels.ip_family ?? 'all';
    switch (sample.name) {
      case 'process_start_time_seconds':
        metrics.processStartSeconds = sample.value;
        break;
      case 'kubeproxy_sync_proxy_rules_last_timestamp_seconds':
        metrics.lastSyncSeconds[family] = sample.value;
        break;
      case 'kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds':
        metrics.lastQueuedSeconds[family] = sample.value;
        break;
      case 'kubeproxy_sync_proxy_rules_nftables_sync_failures_total':
        metrics.nftablesSyncFailures += sample.value;
        break;
      case 'kubeproxy_sync_proxy_rules_nftables_cleanup_failures_total':
        metrics.nftablesCleanupFailures += sample.value;
        break;
    }
  }
  return metrics;
}

/**
 * Every family that this kube-proxy serves has programmed its rules since the process started.
 *
 * Which families those are cannot be taken from the sync times alone: with labels, a family that has not synced has
 * no series at all (a GaugeVec shows a label only once it was set), and one that does not exist has none either. But
 * the sync loop of each family sets its *queued* time when it starts, before its first sync (`SyncLoop` in
 * `pkg/proxy/nftables/proxier.go`, the same in ipvs and iptables): a family with a queued time must have synced, and one
 * without is not there (a node whose kernel has no IPv6). On a single-stack cluster both are there wherever the kernel
 * has both. A sync before Services and EndpointSlices were received sets no time (`syncProxyRules` returns early), so a
 * time is that of a full sync. Without labels (before kubernetes#129173) the one time is that of whichever family came
 * first.
 *
 * False where the process start is not known: proves nothing.
 */
export function hasSynced({ processStartSeconds, lastSyncSeconds, lastQueuedSeconds }: ProxyMetrics): boolean {
  if (processStartSeconds === undefined) return false;
  const families = new Set([...Object.keys(lastSyncSeconds), ...Object.keys(lastQueuedSeconds)]);
  return families.size > 0 && [...families].every((family) => (lastSyncSeconds[family] ?? 0) > processStartSeconds);
}
