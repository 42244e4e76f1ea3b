import type { ClusterFacts } from '../../../src/checks/facts.ts';
import type { PlainObject } from '../../../src/cluster/objects.ts';
import type { CheckResult } from '../../../src/model/check-result.ts';
import { operatorCalico } from '../../fixtures/objects/ebpf.ts';
import { exportedFacts, resultOf } from './exported-facts.ts';
import { proxyConfigMap } from './proxy-config-map.ts';
import { type ProxyDaemonSetChanges, proxyDaemonSetObject } from './proxy-daemon-set-object.ts';
import { expectActionable } from './results.ts';

/** How a test's cluster differs from one that is ready for eBPF: kubeadm in nftables mode, Calico 3.32.1 by the operator. */
export interface EbpfChanges {
  calico?: Record<string, PlainObject[]>;
  /** Mode in config.conf. Default nftables. */
  mode?: string;
  proxy?: ProxyDaemonSetChanges;
  add?: Record<string, PlainObject[]>;
  replace?: Record<string, PlainObject[]>;
  without?: string[];
}

export async function ebpfFacts(changes: EbpfChanges = {}): Promise<ClusterFacts> {
  const { calico = operatorCalico(), mode = 'nftables', proxy = {}, add = {}, replace = {}, without = [] } = changes;
  const merged = { ...calico };
  for (const [plural, objects] of Object.entries(add)) merged[plural] = [...(merged[plural] ?? []), ...objects];
  const configmaps = [await proxyConfigMap((text) => text.replace('mode: ipvs', `mode: ${mode}`))];
  const daemonsets = [await proxyDaemonSetObject(proxy)];
  return await exportedFacts({ replace: { configmaps, daemonsets, ...replace }, add: merged, without });
}

/** What one check for eBPF says of such a cluster; every blocker and warning has advice. */
export async function ebpfResult(code: string, changes: EbpfChanges = {}): Promise<CheckResult> {
  const result = await resultOf(code, await ebpfFacts(changes), { live: false, target: 'ebpf' });
  expectActionable(result);
  return result;
}
