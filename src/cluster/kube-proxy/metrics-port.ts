import type { Cluster } from '../connect.ts';
import { type ProxyConfigSummary, readProxyConfig } from './config-edit.ts';
import { readProxyConfigMap } from './config-map.ts';

/** `metricsBindAddress` where it is not set: 127.0.0.1:10249 (pkg/proxy/apis/config/v1alpha1/defaults.go). */
const DEFAULT_METRICS_PORT = 10249;

/** The port on which kube-proxy serves `/proxyMode` and `/metrics` in this cluster. */
export async function metricsPortOf(cluster: Cluster): Promise<number> {
  return metricsPortIn(readProxyConfig((await readProxyConfigMap(cluster)).text));
}

/** The same, of a configuration that was read. */
export function metricsPortIn({ metricsBindAddress }: ProxyConfigSummary): number {
  const port = portOf(metricsBindAddress);
  return port !== undefined && port > 0 ? port : DEFAULT_METRICS_PORT;
}

/** The port of `127.0.0.1:10249` or `[::1]:10249`; undefined where there is none in it. */
export function portOf(address = ''): number | undefined {
  const digits = /:(\d+)$/.exec(address)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
