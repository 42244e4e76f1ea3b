import { z } from 'zod';
import { parseProxyConfig } from '../kube-proxy/config-schema.ts';

/** Ports of a stand-by on the loopback address of its node; kube-proxy's own are 10249 and 10256. */
export const standbyPorts = { metrics: 20249, healthz: 20256 } as const;

/**
 * The configuration of a stand-by: what the ConfigMap says, on other ports. So cluster CIDR, detection of local traffic,
 * masquerading, addresses of NodePorts, conntrack and feature gates are those that kube-proxy is going to have itself.
 *
 * @returns JSON, which every YAML reader takes
 * @throws Failure `Invalid` where the text cannot be read
 */
export function standbyConfig(text: string): string {
  const { summary, data } = parseProxyConfig(text);
  // As kube-proxy chooses the family of these addresses (pkg/proxy/apis/config/v1alpha1/defaults.go).
  const loopback = summary.bindAddress?.includes(':') ? '[::1]' : '127.0.0.1';
  const config = {
    ...z.looseObject({}).parse(data),
    metricsBindAddress: `${loopback}:${standbyPorts.metrics}`,
    healthzBindAddress: `${loopback}:${standbyPorts.healthz}`,
  };
  return `${JSON.stringify(config, null, 1)}\n`;
}
