import type { EbpfSwitch } from './ebpf-plan.ts';
import type { EbpfSteps } from './ebpf-steps.ts';
import type { ProxyMode } from './mode.ts';
import type { FelixProof, ProxyProof } from './node-proof.ts';
import type { CalicoPlan, KubeProxyPlan, Plan, PreflightResult } from './plan.ts';
import type { SnapshotRef } from './report.ts';
import type { MigrationRequest } from './request.ts';
import type { SignedApproval, Verification } from './signed-approval.ts';

/** Every step is told the cluster by name only: kubeconfigs and tokens stay on the worker. */
export interface OnCluster {
  cluster: string;
}

/** Who holds the lock: a run of a workflow in a namespace of a Temporal. */
export interface LockHolder extends OnCluster {
  workflowId: string;
  runId: string;
}

/**
 * What a restore needs to know beside the snapshot. Not the whole plan: a rollback that waits for a person is tried again
 * and again, and each time is in the history.
 */
export interface Restore extends OnCluster {
  snapshot: SnapshotRef;
  kubeProxy: Pick<KubeProxyPlan, 'needed' | 'from' | 'nodeTimeoutMs'>;
  /** Nodes that were in another mode than `kubeProxy.from` before the run; every other one goes back to `from`. */
  otherModes: Record<string, ProxyMode>;
  calico: CalicoPlan | undefined;
  ebpf?: EbpfSwitch | undefined;
}

/** Nodes to restart together. */
export interface Wave extends OnCluster {
  nodes: string[];
  /** The mode that the ConfigMap asks for, and that each node has to show. */
  mode: ProxyMode;
  /** From a pod's deletion to the node's first full sync (ms). */
  nodeTimeoutMs: number;
}

/**
 * What the workflow may do to a cluster. Every step looks at what is there and moves it towards what is wanted, so
 * that running it twice is the same as running it once.
 */
export interface MigrationSteps extends EbpfSteps {
  /** Reads the cluster, runs every check and makes the plan. Writes nothing. */
  preflight(request: MigrationRequest): Promise<PreflightResult>;

  /** Verifies the signature of an approval by the worker's list of allowed signers. Asks nothing of the cluster. */
  verifyApproval(input: OnCluster & { signed: SignedApproval }): Promise<Verification>;

  /** Takes the Lease that keeps other runs off this cluster. */
  acquireLock(holder: LockHolder): Promise<void>;
  /** Gives the Lease back; no-op where this run does not hold it. */
  releaseLock(holder: LockHolder): Promise<void>;

  /** Saves every object that will change into a ConfigMap of this run. */
  saveSnapshot(input: OnCluster & { runId: string; plan: Plan }): Promise<SnapshotRef>;

  /** Writes the target mode into kube-proxy's ConfigMap; fails as Drifted where it is neither as planned nor done. */
  writeProxyConfig(input: OnCluster & { kubeProxy: KubeProxyPlan }): Promise<void>;
  /** Restarts kube-proxy on these nodes where it is not in the wanted mode, and waits for each one's first full sync. */
  restartWave(wave: Wave): Promise<ProxyProof[]>;
  /** Linux nodes whose kube-proxy does not show the wanted mode, nodes that joined since the plan included. */
  findNodesToRestart(
    input: OnCluster & { wanted: { default: ProxyMode; nodes: Record<string, ProxyMode> } },
  ): Promise<string[]>;
  /** Proves the mode and the first sync on every Linux node. */
  verifyNodes(input: OnCluster & { mode: ProxyMode; timeoutMs: number }): Promise<ProxyProof[]>;

  /** Switches Calico's dataplane: one patch of the Installation, or of FelixConfiguration `default` on a manifest install. */
  switchCalico(input: OnCluster & { calico: CalicoPlan }): Promise<void>;
  /** Waits until the operator has settled and every Felix reads the wanted mode. */
  awaitCalico(input: OnCluster & { calico: CalicoPlan; towards: 'target' | 'original' }): Promise<FelixProof[]>;

  /** Puts the mode that the restarted nodes came from back into the ConfigMap, for restarts on the way back. */
  writeOriginalMode(input: Restore): Promise<void>;
  /** Makes kube-proxy's ConfigMap equal to the snapshot. */
  restoreProxyConfig(input: Restore): Promise<void>;
  /** Makes Calico's objects equal to the snapshot. */
  restoreCalico(input: Restore): Promise<void>;
  /** Compares every saved object with the cluster, and every node with its mode in the plan. */
  verifyRestored(input: Restore): Promise<{ nodes: ProxyProof[]; felix: FelixProof[] }>;

  /** Looks at every node and judges nothing: what the report of an aborted run shows. */
  observeNodes(input: OnCluster): Promise<ProxyProof[]>;
}
