import { z } from 'zod';
import { parseProxyConfig } from '../kube-proxy/config-schema.ts';
import type { StandbyMode } from './names.ts';

/**
 * Ports of a stand-by on the loopback address of its node; kube-proxy's own are 10249 and 10256. Those of the two modes
 * differ: on the way back from a failed hand-over a node may have one of each.
 */
export const standbyPorts = {
  nftables: { metrics: 20249, healthz: 20256 },
  ipvs: { metrics: 20250, healthz: 20257 },
} as const satisfies Record<StandbyMode, { metrics: number; healthz: number }>;

/**
 * The configuration of a stand-by: what the ConfigMap says, which is in the wanted mode by then, on other ports. So cluster CIDR, detection of local traffic,
 * masquerading, addresses of NodePorts, conntrack and feature gates are those that kube-proxy is going to have itself.
 *
 * @returns JSON, which every YAML reader takes
 * @throws Failure `Invalid` where the text cannot be read
 */
export function standbyConfig(text: string, mode: StandbyMode): string {
  const { summary, data } = parseProxyConfig(text);
  // As kube-proxy chooses the family of these addresses (pkg/proxy/apis/config/v1alpha1/defaults.go).
  const loopback = summary.bindAddress?.includes(':') ? '[::1]' : '127.0.0.1';
  const config = {
    ...z.looseObject({}).parse(data),
    metricsBindAddress: `${loopback}:${standbyPorts[mode].metrics}`,
    healthzBindAddress: `${loopback}:${standbyPorts[mode].healthz}`,
  };
  return `${JSON.stringify(config, null, 1)}\n`;
}
