import type { Check } from '../check.ts';
import { apiEndpoint } from './api-endpoint.ts';
import { automaticSetup } from './automatic-setup.ts';
import { bpfEnabled } from './bpf-enabled.ts';
import { ipipPools } from './ipip-pools.ts';
import { kernels } from './kernels.ts';
import { notFromIpvs } from './not-from-ipvs.ts';
import { proxyOwnership } from './proxy-ownership.ts';
import { proxySelector } from './proxy-selector.ts';
import { supportedCluster } from './supported-cluster.ts';
import { unsupportedTraffic } from './unsupported-traffic.ts';

/** What Calico's eBPF dataplane asks for, beside everything else. Only with `--target ebpf`. */
export const ebpfChecks: readonly Check[] = [
  notFromIpvs,
  kernels,
  automaticSetup,
  apiEndpoint,
  ipipPools,
  supportedCluster,
  proxyOwnership,
  unsupportedTraffic,
  proxySelector,
  bpfEnabled,
];
