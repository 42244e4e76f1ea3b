import { calicoChecks } from './calico/checks.ts';
import type { Check } from './check.ts';
import { clusterChecks } from './cluster/checks.ts';
import { ebpfChecks } from './ebpf/checks.ts';
import { handoverChecks } from './handover/checks.ts';
import { kubeProxyChecks } from './kube-proxy/checks.ts';
import { nodeChecks } from './nodes/checks.ts';
import { platformChecks } from './platform/checks.ts';
import { probeChecks } from './probe/checks.ts';
import { serviceChecks } from './services/checks.ts';

/** Every check, in the order in which people read them; each list is of one category. */
export const checks: readonly Check[] = [
  ...clusterChecks,
  ...platformChecks,
  ...nodeChecks,
  ...kubeProxyChecks,
  ...serviceChecks,
  ...calicoChecks,
  ...ebpfChecks,
  ...handoverChecks,
  ...probeChecks,
];
