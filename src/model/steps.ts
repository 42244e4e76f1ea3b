import type { AlertGate, AlertVerdict } from './alerts.ts';
import type { EbpfSteps } from './ebpf-steps.ts';
import type { Baseline, HealthReport } from './health.ts';
import type { Freeze, MaintenanceWindow, WindowState } from './maintenance.ts';
import type { ProxyMode } from './mode.ts';
import type { FelixSource, LeftBehind } from './node-proof.ts';
import type { Notification } from './notification.ts';
import type { CalicoCanary, CalicoPlan, Handover, KubeProxyPlan, PreflightResult, WayBack } from './plan.ts';
import type { ProbeSteps } from './probe-steps.ts';
import type { FelixGroup, ProofGroup } from './proof-groups.ts';
import type { SnapshotRef } from './report.ts';
import type { MigrationRequest, RollbackRequest } from './request.ts';
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

/** What is written into the lock. */
export interface LockRequest extends LockHolder {
  requester: string;
  /** Who is taken for gone, exactly as the lock says it: replaced, where it still holds the lock. */
  takeOver?: string | undefined;
}

/** How the lock was had. */
export interface LockTaken {
  /** The holder in whose place this one is now. */
  takenOverFrom?: string;
}

/** What a run saves before it writes anything. */
export interface SaveSnapshot extends LockHolder {
  kind: 'migration' | 'rollback';
  requester: string;
  wayBack: WayBack;
}

/**
 * What a restore needs to know beside the snapshot. Not the whole plan: a rollback that waits for a person is tried again
 * and again, and each time is in the history.
 */
export interface Restore extends OnCluster, WayBack {
  snapshot: SnapshotRef;
}

/**
 * How far Calico is to be: `prepared` to follow each node's kube-proxy, with the mode set and nothing switched by it;
 * programming nftables on every node; or back.
 */
export type CalicoStage = 'prepared' | 'target' | 'original';

/** One node's Felix before all others. */
export interface TryCalico {
  calico: CalicoPlan;
  canary: CalicoCanary;
  /** Name of this run's snapshot: the object that the run creates bears it, and is deleted by it alone. */
  snapshot: string;
}

/** Nodes whose Felix has to program nftables. */
export interface FelixOn {
  calico: CalicoPlan;
  nodes: string[];
  /** Where it has to have its mode from. */
  source?: FelixSource;
  /** How long it has to stand: a Felix that cannot program its rules says so after it has said its mode (ms). */
  holdMs: number;
}

/** Nodes to restart together. */
export interface Wave extends OnCluster {
  nodes: string[];
  /** The mode that the ConfigMap asks for, and that each node has to show. */
  mode: ProxyMode;
  /**
   * `restart`: each pod is deleted. `make-before-break`: the same, while a second kube-proxy serves the node in the wanted mode.
   * `rolling`: its DaemonSet replaces it.
   */
  handover: Handover | 'rolling';
  /** Of `make-before-break`: how long connections that IPVS carries are waited for (ms). */
  drainTimeoutMs: number;
  /** These have failed once: a pod that does not prove itself at the first look is replaced, whatever its mode. */
  again: boolean;
  /**
   * From a pod's deletion to the node's first full sync (ms); a stand-by has as long for its own. Of a `rolling` hand-over: this
   * long without any node that gets there.
   */
  nodeTimeoutMs: number;
  /** A node that is not Ready is waited for this long (ms) before it is left alone. */
  notReadyTimeoutMs: number;
}

/** What came of a wave: every node is in one of these. */
export interface WaveResult {
  proofs: ProofGroup[];
  /** Did not get there. */
  failed: LeftBehind[];
  /** Not Ready for too long: nothing was done to them, or it could not be seen. */
  notReady: LeftBehind[];
  /** Deleted meanwhile. */
  gone: string[];
}

/** What could not be taken away of stand-bys. */
export interface ClearedStandbys {
  /** Where it was not possible, and why. */
  kept: LeftBehind[];
  /** Nodes that nothing could be asked of. */
  notReady: LeftBehind[];
}

/** Every Linux node there is now, proven; but for those that are not Ready. */
export interface Verified {
  /** How many nodes are proven. */
  nodes: number;
  /** The proof of each, where it was asked for. */
  proofs: ProofGroup[];
  notReady: LeftBehind[];
}

/** The windows of the approved plan, and the instant that is asked about. */
export interface MaintenanceTimes extends OnCluster {
  windows: MaintenanceWindow[];
  freeze: Freeze[];
  /** ISO 8601, by the clock of the workflow: the answer is compared with that one. */
  at: string;
}

/** What the health of a cluster is compared with. */
export interface HealthComparison extends OnCluster {
  baseline: Baseline;
  /** The one that the baseline was made with. */
  calicoNamespace?: string | undefined;
  /** Nodes that are known to have failed, or were skipped: neither they nor the pods on them count. */
  ignoredNodes: string[];
  /** SHA-256 of the `config.conf` that has to be in the ConfigMap now; absent: it is not looked at. */
  configHash?: string | undefined;
  /** So long it is waited for what is not Ready at the moment (ms). */
  settleMs: number;
}

/**
 * What the workflow may do to a cluster. Every step looks at what is there and moves it towards what is wanted, so
 * that running it twice is the same as running it once.
 */
export interface MigrationSteps extends EbpfSteps, ProbeSteps {
  /** Reads the cluster, runs every check and makes the plan. Writes nothing. */
  preflight(request: MigrationRequest): Promise<PreflightResult>;

  /** Verifies the signature of an approval by the worker's list of allowed signers. Asks nothing of the cluster. */
  verifyApproval(input: OnCluster & { signed: SignedApproval }): Promise<Verification>;

  /** Whether a wave may start at an instant, by the windows and freezes of the plan. Asks nothing of the cluster. */
  maintenanceWindow(input: MaintenanceTimes): Promise<WindowState>;
  /** Waits until no alert of the plan fires, for as long as the plan says. Asks Prometheus, and nothing of the cluster. */
  awaitAlerts(input: OnCluster & { alerts: AlertGate }): Promise<AlertVerdict>;
  /** Tells one receiver what has happened, once; the workflow has it tried again. Asks nothing of the cluster. */
  notify(input: OnCluster & { receiver: string; notification: Notification }): Promise<void>;

  /** What is not well in the cluster before anything is touched. */
  readBaseline(input: OnCluster & { calicoNamespace?: string | undefined }): Promise<Baseline>;
  /** What is worse than the baseline after a while, and what somebody else has changed meanwhile. */
  compareHealth(input: HealthComparison): Promise<HealthReport>;
  /** Looks at what differs from a snapshot, and makes the plan of going back to it. Writes nothing. */
  preflightRollback(request: RollbackRequest): Promise<PreflightResult>;

  /** Takes the Lease that keeps other runs off this cluster. */
  acquireLock(request: LockRequest): Promise<LockTaken>;
  /** Gives the Lease back; no-op where this run does not hold it. */
  releaseLock(holder: LockHolder): Promise<void>;

  /** Saves every object that will change into a ConfigMap of this run. */
  saveSnapshot(input: SaveSnapshot): Promise<SnapshotRef>;

  /** Writes the target mode into kube-proxy's ConfigMap; fails as Drifted where it is neither as planned nor done. */
  writeProxyConfig(input: OnCluster & Pick<KubeProxyPlan, 'to' | 'configBefore' | 'configAfter'>): Promise<void>;
  /** Hands these nodes over where they are not in the wanted mode, and waits for each one's first full sync. */
  restartWave(wave: Wave): Promise<WaveResult>;
  /** Removes stand-bys, and the rules that they left where kube-proxy serves in the other mode. */
  clearStandbys(input: OnCluster & { nodes: string[]; timeoutMs: number }): Promise<ClearedStandbys>;
  /** Restarts the DaemonSet as `kubectl rollout restart` does; `at` is the time in the annotation. */
  restartDaemonSet(input: OnCluster & { at: string }): Promise<void>;
  /** Linux nodes whose kube-proxy does not show the wanted mode, nodes that joined since the plan included. */
  findNodesToRestart(
    input: OnCluster & { wanted: { default: ProxyMode; nodes: Record<string, ProxyMode> } },
  ): Promise<string[]>;
  /**
   * Proves the mode and the first sync on every Linux node but those `except`. `evidence`: each process is asked again, and
   * its proof is in the result; without, what was proven of a process that still runs is taken.
   */
  verifyNodes(
    input: OnCluster & { mode: ProxyMode; timeoutMs: number; except: string[]; evidence: boolean },
  ): Promise<Verified>;

  /** Switches Calico's dataplane: one patch of the Installation, or of FelixConfiguration `default` on a manifest install. */
  switchCalico(input: OnCluster & { calico: CalicoPlan }): Promise<void>;
  /** Waits until the operator has settled and every Felix but those `except` reads the wanted mode. */
  awaitCalico(input: OnCluster & { calico: CalicoPlan; towards: CalicoStage; except: string[] }): Promise<FelixGroup[]>;
  /** Gives the canary's Felix the target mode, by FelixConfiguration `node.<name>`. */
  setCalicoCanary(input: OnCluster & TryCalico): Promise<void>;
  /** Takes that away again: deletes what this run created, or takes the field out of what was there before. */
  unsetCalicoCanary(input: OnCluster & TryCalico): Promise<void>;
  /** Waits until Felix programs nftables on these nodes. */
  awaitFelixOn(input: OnCluster & FelixOn): Promise<FelixGroup[]>;

  /** Puts the mode that the restarted nodes came from back into the ConfigMap, for restarts on the way back. */
  writeOriginalMode(input: Restore): Promise<void>;
  /** Makes kube-proxy's DaemonSet equal to the snapshot, where the run has written it. */
  restoreDaemonSet(input: Restore): Promise<void>;
  /** Makes kube-proxy's ConfigMap equal to the snapshot. */
  restoreProxyConfig(input: Restore): Promise<void>;
  /** Makes Calico's objects equal to the snapshot. */
  restoreCalico(input: Restore): Promise<void>;
  /** Compares every saved object with the cluster, and every node with its mode in the plan. */
  verifyRestored(input: Restore): Promise<Verified & { felix: FelixGroup[] }>;

  /** Looks at every node and judges nothing: what the report of an aborted run shows. */
  observeNodes(input: OnCluster): Promise<ProofGroup[]>;
}
