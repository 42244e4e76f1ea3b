import type { Check } from '../check.ts';
import { clusterIPs } from './cluster-ips.ts';
import { localAddresses } from './local-addresses.ts';
import { localPolicy } from './local-policy.ts';
import { nodePorts } from './node-ports.ts';
import { scale } from './scale.ts';
import { sessionAffinity } from './session-affinity.ts';

/** Which Services behave otherwise in nftables mode, and how. */
export const serviceChecks: readonly Check[] = [
  nodePorts,
  localAddresses,
  localPolicy,
  sessionAffinity,
  scale,
  clusterIPs,
];
