import type { Check } from '../check.ts';
import { identity } from './identity.ts';
import { kubernetesVersion } from './kubernetes-version.ts';
import { lockFree } from './lock-free.ts';
import { noUpgrade } from './no-upgrade.ts';
import { permissions } from './permissions.ts';
import { serverAddress } from './server-address.ts';

/** What a run needs of the cluster as a whole. */
export const clusterChecks: readonly Check[] = [
  permissions,
  identity,
  kubernetesVersion,
  serverAddress,
  lockFree,
  noUpgrade,
];
