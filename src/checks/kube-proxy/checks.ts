import type { Check } from '../check.ts';
import { configReadable } from './config-readable.ts';
import { conntrack } from './conntrack.ts';
import { daemonSetHealthy } from './daemon-set-healthy.ts';
import { excludeCIDRs } from './exclude-cidrs.ts';
import { flags } from './flags.ts';
import { localDetection } from './local-detection.ts';
import { masquerade } from './masquerade.ts';
import { mixedModes } from './mixed-modes.ts';
import { nodeLocalDNS } from './node-local-dns.ts';
import { nodePortAddresses } from './node-port-addresses.ts';
import { observedModes } from './observed-modes.ts';
import { otherProxies } from './other-proxies.ts';
import { patchLevel } from './patch-level.ts';
import { scheduler } from './scheduler.ts';
import { strictARP } from './strict-arp.ts';
import { timeouts } from './timeouts.ts';
import { visibleSync } from './visible-sync.ts';

/** kube-proxy as it is configured, and as it runs. */
export const kubeProxyChecks: readonly Check[] = [
  daemonSetHealthy,
  otherProxies,
  configReadable,
  flags,
  patchLevel,
  observedModes,
  mixedModes,
  visibleSync,
  excludeCIDRs,
  strictARP,
  scheduler,
  timeouts,
  masquerade,
  nodePortAddresses,
  localDetection,
  conntrack,
  nodeLocalDNS,
];
