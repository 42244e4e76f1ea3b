import type { Check } from '../check.ts';
import { calicoDaemonSetHealthy } from './daemon-set-healthy.ts';
import { dataplane } from './dataplane.ts';
import { datastoreReady } from './datastore-ready.ts';
import { felixEnvironment } from './felix-environment.ts';
import { felixFollows } from './felix-follows.ts';
import { felixIpvsSupport } from './felix-ipvs-support.ts';
import { installKnown } from './install-known.ts';
import { nodeFelixConfigurations } from './node-felix-configurations.ts';
import { operatorRuns } from './operator-runs.ts';
import { operatorSettled } from './operator-settled.ts';
import { otherInstalls } from './other-installs.ts';
import { otherNftUsers } from './other-nft-users.ts';
import { overlay } from './overlay.ts';
import { policyTimeout } from './policy-timeout.ts';
import { sameImage } from './same-image.ts';
import { staleRules } from './stale-rules.ts';
import { versionSupported } from './version-supported.ts';

/** Calico, where there is one. */
export const calicoChecks: readonly Check[] = [
  installKnown,
  otherInstalls,
  versionSupported,
  sameImage,
  calicoDaemonSetHealthy,
  operatorRuns,
  operatorSettled,
  datastoreReady,
  dataplane,
  overlay,
  policyTimeout,
  felixEnvironment,
  nodeFelixConfigurations,
  staleRules,
  otherNftUsers,
  felixIpvsSupport,
  felixFollows,
];
