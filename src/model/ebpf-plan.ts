import { z } from 'zod';
import { linuxDataplaneSchema, nftablesModeSchema } from './mode.ts';

const switchSchema = z.enum(['Enabled', 'Disabled']);

/** Fields of `spec.calicoNetwork` of the Installation, as they are written together. */
export const ebpfPatchSchema = z.object({
  linuxDataplane: linuxDataplaneSchema,
  bpfNetworkBootstrap: switchSchema.optional(),
  kubeProxyManagement: switchSchema.optional(),
});
export type EbpfPatch = z.infer<typeof ebpfPatchSchema>;

/** Nodes that a person restarts together, one after the other. */
export const restartGroupSchema = z.object({
  /** `workers-zone-a`, `control-plane`: the step is confirmed as `restart-nodes-<name>`. */
  name: z.string(),
  nodes: z.array(z.string()).min(1),
});
export type RestartGroup = z.infer<typeof restartGroupSchema>;

/** Who finds the API server for Calico, and who switches kube-proxy off: the operator (1.40 and newer), or a person. */
export const ebpfSetups = ['operator', 'by-hand'] as const;

/** What the plan saw of Calico and will do to take it to eBPF mode. */
export const ebpfPlanSchema = z.object({
  needed: z.boolean(),
  /** Calico's version, as the cluster tells it. */
  version: z.string(),
  /** The Tigera operator's, where its image tells it. */
  operatorVersion: z.string().optional(),
  /** Namespace of DaemonSet calico-node. */
  namespace: z.string(),
  setup: z.enum(ebpfSetups),
  dataplane: z.object({ from: linuxDataplaneSchema, to: z.literal('BPF') }),
  patch: ebpfPatchSchema,
  /** What Felix goes back to on a rollback: the mode that it reads, and whether it programs nftables then. */
  original: z.object({ nftablesMode: nftablesModeSchema, useNftables: z.boolean() }),
  /**
   * Nodes with something of IPVS in their kernel: only a restart takes it away. kube-proxy cleans nothing when it goes from
   * ipvs to iptables (platformCleanup in cmd/kube-proxy/app/server_linux.go).
   */
  restarts: z.array(restartGroupSchema),
  /** From the patch to the last Felix, the roll-out of calico-node included (ms). */
  timeoutMs: z.number().int().positive(),
});
export type EbpfPlan = z.infer<typeof ebpfPlanSchema>;

/** What the steps after the restarts are told: each of them is in the history, and the names of all nodes are not needed. */
export const ebpfSwitchSchema = ebpfPlanSchema.omit({ restarts: true });
export type EbpfSwitch = z.infer<typeof ebpfSwitchSchema>;

export function switchOf({ restarts: _, ...rest }: EbpfPlan): EbpfSwitch {
  return rest;
}

/** What `confirm` names the restart of a group by. */
export function restartStepOf({ name }: Pick<RestartGroup, 'name'>): string {
  return `restart-nodes-${name}`;
}
