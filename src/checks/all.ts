import type { Finding } from '../model/finding.ts';
import {
  calicoDaemonSet,
  calicoDataplane,
  calicoInstall,
  calicoVersion,
  felixEnvironment,
  felixFollows,
  felixIpvsSupport,
  tigeraOperator,
} from './calico.ts';
import type { Check } from './check.ts';
import { clusterSize } from './cluster-size.ts';
import type { ClusterFacts } from './facts.ts';
import { kubernetesVersion } from './kubernetes-version.ts';
import { nodeKernels } from './node-kernels.ts';
import { nodesReady } from './nodes-ready.ts';
import { excludeCIDRs, proxyConfig, scheduler } from './proxy-config.ts';
import { proxyDaemonSet, proxyFlags } from './proxy-daemon-set.ts';
import { mixedModes, proxyModes, visibleSync } from './proxy-modes.ts';

/** Every check that judges facts, by code. PXS001 (permissions) comes before there are facts: see permissions.ts. */
export const checks: readonly Check[] = [
  kubernetesVersion,
  nodeKernels,
  nodesReady,
  clusterSize,
  proxyDaemonSet,
  proxyConfig,
  proxyModes,
  proxyFlags,
  excludeCIDRs,
  scheduler,
  mixedModes,
  visibleSync,
  calicoInstall,
  calicoVersion,
  calicoDaemonSet,
  tigeraOperator,
  calicoDataplane,
  felixEnvironment,
  felixIpvsSupport,
  felixFollows,
];

/** Runs every check, in the order of their codes. */
export function runChecks(facts: ClusterFacts): Finding[] {
  return checks.flatMap((check) => check.run(facts));
}
