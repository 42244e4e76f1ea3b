import { describe, expect, test } from 'vitest';
import { hasSynced, parseProxyMetrics } from '../../../src/cluster/kube-proxy/metrics.ts';
import { Failure } from '../../../src/model/failure.ts';

const start = 1763824543.98;
const body = (...samples: string[]) =>
  [
    '# HELP process_start_time_seconds [ALPHA] Start time of the process since unix epoch in seconds.',
    '# TYPE process_start_time_seconds gauge',
    `process_start_time_seconds ${start.toExponential(11)}`,
    'kubeproxy_sync_proxy_rules_duration_seconds_bucket{ip_family="IPv4",le="+Inf"} 3',
    'rest_client_requests_total{code="200",host="10.0.0.1:6443",method="GET",url="a \\"q\\" \\\\ {b}, c"} 4 1763824600000',
    'go_gc_pauses NaN',
    ...samples,
    '',
  ].join('\n');
const queued = (family: string, at = start + 1) =>
  `kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds{ip_family="${family}"} ${at}`;
const synced = (family: string, at = start + 5) =>
  `kubeproxy_sync_proxy_rules_last_timestamp_seconds{ip_family="${family}"} ${at}`;
const done = (...samples: string[]) => hasSynced(parseProxyMetrics(body(...samples)));

describe('a node is done when it has synced', () => {
  test('both families', () => {
    expect(done(queued('IPv4'), queued('IPv6'), synced('IPv4'), synced('IPv6'))).toBe(true);
  });
  test('IPv4 is in, IPv6 has no series yet: not done', () => {
    expect(done(queued('IPv4'), queued('IPv6'), synced('IPv4'))).toBe(false);
  });
  test('a node without IPv6 has one family', () => expect(done(queued('IPv4'), synced('IPv4'))).toBe(true));
  test('0, and a time before the start, are no sync', () => {
    expect(done(queued('IPv4'), synced('IPv4', 0))).toBe(false);
    expect(done(queued('IPv4'), synced('IPv4', start - 60))).toBe(false);
  });
  test('nothing yet', () => expect(done()).toBe(false));
  test('before the label: one series', () => {
    expect(done('kubeproxy_sync_proxy_rules_last_timestamp_seconds 0')).toBe(false);
    expect(
      done(
        `kubeproxy_sync_proxy_rules_last_timestamp_seconds ${start + 1}`,
        `kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds ${start}`,
      ),
    ).toBe(true);
  });
  test('without the start time nothing is proven', () => {
    expect(hasSynced(parseProxyMetrics(`${synced('IPv4')}\n`))).toBe(false);
  });
});

describe('reading the text', () => {
  test('failures add up over families', () => {
    expect(
      parseProxyMetrics(
        body(
          'kubeproxy_sync_proxy_rules_nftables_sync_failures_total{ip_family="IPv4"} 2',
          'kubeproxy_sync_proxy_rules_nftables_sync_failures_total{ip_family="IPv6"} 1',
          'kubeproxy_sync_proxy_rules_nftables_cleanup_failures_total{ip_family="IPv6"} 4',
          synced('IPv4', 1.7e9),
        ),
      ),
    ).toEqual({
      processStartSeconds: start,
      lastSyncSeconds: { IPv4: 1.7e9 },
      lastQueuedSeconds: {},
      nftablesSyncFailures: 3,
      nftablesCleanupFailures: 4,
    });
  });
  test('CRLF and an empty body', () => {
    expect(parseProxyMetrics(body(synced('IPv4')).replaceAll('\n', '\r\n')).lastSyncSeconds).toEqual({
      IPv4: start + 5,
    });
    expect(parseProxyMetrics('').processStartSeconds).toBeUndefined();
  });
  test.each([
    '404 page not found',
    '<html>',
    'name{label=value} 1',
    'name{a="b} 1',
    'name one',
    'name 1 2 3',
    'name{a="b"c} 1',
  ])('an answer that is not metrics is named: %j', (line) => {
    expect(() => parseProxyMetrics(body(line))).toThrow(Failure);
    expect(() => parseProxyMetrics(body(line))).toThrow(/line 7 is/);
  });
});
