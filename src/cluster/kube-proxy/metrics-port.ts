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
  const port = Number(/:(\d+)$/.exec(metricsBindAddress ?? '')?.[1]);
  return port > 0 ? port : DEFAULT_METRICS_PORT;
}
