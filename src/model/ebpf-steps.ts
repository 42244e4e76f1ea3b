import type { EbpfSwitch } from './ebpf-plan.ts';
import type { FelixGroup } from './proof-groups.ts';
import type { OnCluster, Restore } from './steps.ts';

/** Boot IDs by node, as the kubelets report them: another one after each restart. */
export type BootIds = Record<string, string>;

/** A node that was to be restarted and is not back yet. */
export interface NotRestarted {
  node: string;
  why: string;
}

/** What a person does by hand on the way to eBPF, and on the way back, with an operator that does not. */
export type EbpfHandStep = 'api-server-address' | 'kube-proxy-off' | 'kube-proxy-on';

/** What the workflow may do to a cluster on the way to eBPF, and back. */
export interface EbpfSteps {
  /** Boot IDs of these nodes now; nodes that are gone are left out. */
  readBootIds(input: OnCluster & { nodes: string[] }): Promise<BootIds>;
  /** Of these nodes the ones that have still the same boot ID, or are not Ready. Nodes that are gone count as restarted. */
  findNotRestarted(input: OnCluster & { bootIds: BootIds }): Promise<NotRestarted[]>;

  /** Why a step by hand is not done, as the cluster shows it after so long (ms) at most; null where it is. */
  whyNotDone(input: OnCluster & { step: EbpfHandStep; graceMs: number }): Promise<string | null>;

  /** The one patch of the Installation; fails as Drifted where it is neither as planned nor done. */
  switchToEbpf(input: OnCluster & { ebpf: EbpfSwitch }): Promise<void>;
  /** Waits until the operator has settled, kube-proxy is switched off, and every Felix runs eBPF mode. Looks only. */
  awaitEbpf(input: OnCluster & { ebpf: EbpfSwitch }): Promise<FelixGroup[]>;

  /** Takes the dataplane back, and leaves the operator in charge of kube-proxy until it runs again. */
  leaveEbpf(input: Restore): Promise<void>;
  /** Waits until kube-proxy is wanted on the nodes again and no Felix runs eBPF mode. */
  awaitOutOfEbpf(input: Restore): Promise<FelixGroup[]>;
  /** Makes the Installation equal to the snapshot, and waits until the operator has settled on it. */
  restoreInstallation(input: Restore): Promise<void>;
}
