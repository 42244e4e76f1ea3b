import type { LeftBehind } from './node-proof.ts';
import type { ProbePlan } from './probe-plan.ts';
import type { ProbeGroup } from './probe-sight.ts';
import type { OnCluster } from './steps.ts';

/** Where the probe runs: what clusters.yaml and the roles of the worker agree on. */
export const PROBE_NAMESPACE = 'proxyshift-probe';

/** What is to be put into the cluster. */
export interface InstallProbe extends OnCluster {
  probe: ProbePlan;
  /** The run that it is for: what another one has left is replaced. */
  runId: string;
  /** How long it is waited for (ms). */
  timeoutMs: number;
}

/** From how many nodes it asks, and from which it does not. */
export interface ProbeInstalled {
  nodes: number;
  /** Linux nodes without it, and why: not Ready, no room, no image. */
  without: LeftBehind[];
}

/** What is to be read of the probe. */
export interface LookAtProbe extends OnCluster {
  probe: ProbePlan;
  /** The run whose probe it is: what another one has left may still be on its way out. */
  runId: string;
  /** Of attempts that were told after `from`, and by `to` (ISO 8601). */
  from: string;
  to: string;
  /** How long it is waited until a node has told all up to `to` (ms), beyond the time that telling takes. */
  patienceMs: number;
}

/** What the probe has seen in a time. */
export interface ProbeLook {
  /** Each node that has the probe is in one of these; what it has not told counts as unknown. */
  groups: ProbeGroup[];
  /** Nodes that told nothing, or not all of it, and why. */
  silent: LeftBehind[];
}

/** What the workflow may do with the probe. */
export interface ProbeSteps {
  /** Puts the probe into its namespace, and waits until it asks from every node that is Ready. */
  installProbe(input: InstallProbe): Promise<ProbeInstalled>;
  /** Reads what it has told, from the logs of its pods. */
  lookAtProbe(input: LookAtProbe): Promise<ProbeLook>;
  /** Takes away whatever there is of a probe, of this run or another, and waits until it is gone. */
  removeProbe(input: OnCluster): Promise<void>;
}
