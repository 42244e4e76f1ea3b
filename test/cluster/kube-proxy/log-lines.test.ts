import { describe, expect, test } from 'vitest';
import { fatalLines, modeFromLog } from '../../../src/cluster/kube-proxy/log-lines.ts';

const ipvs = 'I1122 15:15:43.981664       1 server_linux.go:193] "Using ipvs Proxier"';
const nftables = 'I1122 15:25:43.981664       1 server_linux.go:253] "Using nftables Proxier"';
const deprecated =
  'E1122 15:15:43.981700       1 server_linux.go:195] "The ipvs proxier is now deprecated and may be removed in a future release. Please use \'nftables\' instead."';
const chainDel = [
  'E1122 15:25:41.1 1 proxier.go:488] "Failed to execute iptables-restore" err=<',
  '\texit status 4: iptables-restore v1.8.9 (nf_tables):',
  '\tline 12: CHAIN_DEL failed (Device or resource busy): chain KUBE-MARK-MASQ',
  ' > table="filter"',
];
const noTable =
  'E1122 15:25:44.1 1 proxier.go:1213] "Failed to list existing nftables objects" err="failed to run nft: Error: No such file or directory"';
const kernel =
  'E1122 15:25:44.2       1 run.go:72] "command failed" err="kube-proxy in nftables mode requires kernel 5.13 or later"';

describe('the mode of a kube-proxy whose /proxyMode cannot be asked', () => {
  test('klog text', () => expect(modeFromLog([ipvs, deprecated])).toEqual({ mode: 'ipvs', line: ipvs }));
  test('JSON logging', () => {
    const line = '{"ts":1763824543981.7,"caller":"app/server_linux.go:253","msg":"Using nftables Proxier","v":0}';
    expect(modeFromLog([line])).toEqual({ mode: 'nftables', line });
  });
  test('with the stamp of the kubelet', () => {
    expect(modeFromLog([`2025-11-22T15:15:43.981664123Z ${ipvs}`])?.mode).toBe('ipvs');
  });
  test('the last start wins', () => {
    expect(modeFromLog([ipvs, nftables])?.mode).toBe('nftables');
    expect(modeFromLog([nftables, ipvs])?.mode).toBe('ipvs');
  });
  test.each([
    [[]],
    [['']],
    [[deprecated]],
    [['I1 "Using iptables proxy"']],
    [['cannot say: Using ipvs Proxier of old']],
    [['"Using userspace Proxier"']],
  ])('a rotated or foreign log is no answer: %j', (lines) => expect(modeFromLog(lines)).toBeUndefined());
});

describe('the lines a failure report shows', () => {
  test('the reason, without the errors of a healthy start', () => {
    expect(fatalLines([ipvs, deprecated, ...chainDel, noTable, nftables, kernel])).toEqual([kernel]);
  });
  test('a healthy start has no error: its last lines are shown', () => {
    expect(fatalLines([...chainDel, noTable, nftables])).toEqual([nftables]);
  });
  test('a real iptables-restore failure is not hidden', () => {
    const real =
      'E1122 15:25:41.1 1 proxier.go:1499] "Failed to execute iptables-restore" err="exit status 2: unknown option"';
    expect(fatalLines([real])).toEqual([real]);
  });
  test('an error before logging is set up, and JSON errors', () => {
    expect(fatalLines(['Error: failed complete: no kind registered', 'Usage: kube-proxy'])).toEqual([
      'Error: failed complete: no kind registered',
      'Usage: kube-proxy',
    ]);
    const line = '{"ts":1,"caller":"cli/run.go:72","msg":"command failed","err":"requires kernel 5.13 or later"}';
    expect(fatalLines(['{"ts":1,"msg":"Version info","v":0}', line])).toEqual([line]);
  });
  test('at most five, the last ones; of a stack trace its head', () => {
    const many = Array.from({ length: 9 }, (_, index) => kernel.replace('44.2', `44.${index}`));
    expect(fatalLines(many)).toEqual(many.slice(-5));
    const trace = ['panic: boom', ...Array.from({ length: 40 }, (_, index) => `\tframe ${index}`)];
    expect(fatalLines([kernel, ...trace])).toEqual([kernel, ...trace.slice(0, 4)]);
    expect(fatalLines([])).toEqual([]);
  });
});
