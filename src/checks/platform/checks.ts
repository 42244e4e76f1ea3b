import type { Check } from '../check.ts';
import { calicoOwner } from './calico-owner.ts';
import { configMapOwner } from './config-map-owner.ts';
import { daemonSetOwner } from './daemon-set-owner.ts';
import { proxyOwner } from './proxy-owner.ts';

/** Who owns kube-proxy and Calico, and would revert an edit. */
export const platformChecks: readonly Check[] = [proxyOwner, configMapOwner, daemonSetOwner, calicoOwner];
