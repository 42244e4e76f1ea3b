import { z } from 'zod';
import { alertGateSchema } from './alerts.ts';
import { ebpfPlanSchema, ebpfSwitchSchema } from './ebpf-plan.ts';
import { checkCodeSchema, findingSchema } from './finding.ts';
import { freezeSchema, maintenanceWindowSchema } from './maintenance.ts';
import { linuxDataplaneSchema, nftablesModeSchema, observedModeSchema, proxyModeSchema } from './mode.ts';
import { subscriberSchema } from './notification-event.ts';
import { probePlanSchema } from './probe-plan.ts';
import { targets } from './request.ts';
import { snapshotRefSchema } from './snapshot-ref.ts';
import { sourceSettingSchema } from './source-setting.ts';

/** An object that the run will write, and the exact change. */
export const plannedChangeSchema = z.object({
  /** `Kind namespace/name`. */
  object: z.string(),
  /** Unified diff of the fields or lines that change. */
  diff: z.string(),
  /** What undoes it. */
  undo: z.string(),
});
export type PlannedChange = z.infer<typeof plannedChangeSchema>;

/** How kube-proxy's pods are replaced, and what happens where that goes wrong. */
export const rolloutStrategies = ['waves', 'rolling'] as const;
/** How one node gets from a mode to another: its pod is replaced, alone or while a second kube-proxy serves the node. */
export const handovers = ['restart', 'make-before-break'] as const;
export type Handover = (typeof handovers)[number];
export const failurePolicies = ['rollback', 'pause'] as const;
/** Where a person has to say yes: before the first write, and after the canary node. */
export const gates = ['plan', 'canary'] as const;
export const gateSchema = z.enum(gates);
export type Gate = z.infer<typeof gateSchema>;

/** What the plan saw of kube-proxy and will do to it. */
export const kubeProxyPlanSchema = z.object({
  /** Whether there is anything left to do for kube-proxy. */
  needed: z.boolean(),
  /** The mode to go back to: what the nodes ran when the plan was made. */
  from: proxyModeSchema,
  to: proxyModeSchema,
  /** SHA-256 of `config.conf` as it was read; the write is refused where it no longer fits. */
  configBefore: z.string(),
  /** SHA-256 of `config.conf` after the edit. */
  configAfter: z.string(),
  /** Nodes that are restarted, in order: the first wave is the canary alone. */
  waves: z.array(z.array(z.string()).min(1)),
  canary: z.object({ node: z.string(), why: z.string() }).optional(),
  /** `waves`: the run replaces the pods, in this order. `rolling`: the DaemonSet does, as after `rollout restart`. */
  strategy: z.enum(rolloutStrategies),
  /** How a node of a wave is handed over. */
  handover: z.enum(handovers).default('restart'),
  /** Why it is not as clusters.yaml asks for it. */
  handoverInstead: z.string().optional(),
  /** Of `make-before-break`: how long connections that IPVS carries are waited for on a node (ms). */
  drainTimeoutMs: z.number().int().nonnegative().default(0),
  /** How long the canary alone is watched before the first wave (ms). */
  canarySoakMs: z.number().int().nonnegative(),
  /** A node's restart, from the pod's deletion to the first full sync, may take this long (ms). */
  nodeTimeoutMs: z.number().int().positive(),
  /** A node that is not Ready is waited for this long (ms), then left behind. */
  notReadyTimeoutMs: z.number().int().nonnegative(),
  /** So many nodes may fail, each after a second try, before the run acts. */
  failureBudget: z.number().int().nonnegative(),
  /** What the run does when more have failed, or when the cluster gets worse. */
  onFailure: z.enum(failurePolicies),
});
export type KubeProxyPlan = z.infer<typeof kubeProxyPlanSchema>;

/** The node whose Felix goes first. */
export const calicoCanarySchema = z.object({
  node: z.string(),
  why: z.string(),
  /** FelixConfiguration `node.<name>` was there already: it is patched, and gets back what it had. Else it is created, and deleted. */
  existing: z.boolean(),
});
export type CalicoCanary = z.infer<typeof calicoCanarySchema>;

/** What the plan saw of Calico and will do to it. */
export const calicoPlanSchema = z.object({
  needed: z.boolean(),
  install: z.enum(['operator', 'manifest']),
  /** Calico's version, as the cluster tells it. */
  version: z.string(),
  /** Namespace of DaemonSet calico-node. */
  namespace: z.string(),
  /** `spec.calicoNetwork.linuxDataplane` of the Installation; operator installs only. */
  dataplane: z.object({ from: linuxDataplaneSchema, to: linuxDataplaneSchema }).optional(),
  /** `linuxPolicySetupTimeoutSeconds` must be null in the same patch (calico#10348). */
  clearPolicySetupTimeout: z.boolean(),
  /** What each Felix reads before (its default, where nothing is set) and has to read afterwards. */
  nftablesMode: z.object({ from: nftablesModeSchema, to: nftablesModeSchema }),
  /** When the change is written. `before-kube-proxy`: each Felix then follows the kube-proxy of its own node. */
  order: z.enum(['before-kube-proxy', 'after-kube-proxy']).default('after-kube-proxy'),
  /** Felix runs in Auto, so a node's restart of kube-proxy switches its Felix too: awaited with each wave. */
  followsKubeProxy: z.boolean().default(false),
  /** The node whose Felix is switched first, alone, by FelixConfiguration `node.<name>`; absent where Felix follows. */
  canary: calicoCanarySchema.optional(),
  /** How long the canary is watched before the change is written for all (ms). */
  canarySoakMs: z.number().int().nonnegative().default(0),
  /** Nodes with a FelixConfiguration of their own that sets the mode: on the way back they are not judged. */
  pinnedNodes: z.array(z.string()).default([]),
  /** Felix leaves the other mode's rules behind (calico#10530): a step by hand on every node. */
  leavesRules: z.boolean().default(false),
  timeoutMs: z.number().int().positive(),
});
export type CalicoPlan = z.infer<typeof calicoPlanSchema>;

/** What a way back needs to know beside the saved objects. */
export const wayBackSchema = z.object({
  kubeProxy: kubeProxyPlanSchema
    .pick({
      needed: true,
      from: true,
      to: true,
      strategy: true,
      handover: true,
      drainTimeoutMs: true,
      nodeTimeoutMs: true,
      notReadyTimeoutMs: true,
    })
    .extend({
      /** So many nodes are restarted at once. */
      waveSize: z.number().int().positive(),
    }),
  /** Nodes that were in another mode than `kubeProxy.from` before the run; every other one goes back to `from`. */
  otherModes: z.record(z.string(), proxyModeSchema),
  calico: calicoPlanSchema.optional(),
  /** Of a run to eBPF. */
  ebpf: ebpfSwitchSchema.optional(),
});
export type WayBack = z.infer<typeof wayBackSchema>;

/** Of the plan of a rollback: where it goes back to. */
export const rollbackPlanSchema = z.object({
  snapshot: snapshotRefSchema,
  /** When the objects were saved, and by which run, asked for by whom. */
  savedAt: z.string(),
  workflowId: z.string(),
  runId: z.string(),
  requester: z.string(),
  wayBack: wayBackSchema,
});
export type RollbackPlan = z.infer<typeof rollbackPlanSchema>;

/** What the run asks of approvals. */
export const planApprovalSchema = z.object({
  /** Who may approve; empty means anyone but the requester. */
  approvers: z.array(z.string()),
  timeoutMs: z.number().int().positive(),
  /** So many different people have to approve. */
  count: z.number().int().min(1).default(1),
  /** Whether a name is enough, or has to be proven by a signature. */
  require: z.enum(['named', 'signed']).default('named'),
  /** Where approvals are asked for; always before the first write. */
  gates: z.array(gateSchema).default(['plan']),
});
export type PlanApproval = z.infer<typeof planApprovalSchema>;

/** How long the run is going to take, from what this cluster's own pods took to start. */
export const estimateSchema = z.object({
  /** One node, from the deletion of its pod to the first full sync (ms). */
  nodeMs: z.number().int().nonnegative(),
  /** The whole run after its approval, soak included (ms). */
  totalMs: z.number().int().nonnegative(),
  /** What it was made of, in a sentence. */
  basis: z.string(),
});
export type Estimate = z.infer<typeof estimateSchema>;

/**
 * What a run will do, all of it: an approval names its hash, and nothing that is not in it is written.
 * The same state of the cluster and of its entry in clusters.yaml gives the same plan on any worker.
 */
export const planSchema = z.object({
  cluster: z.object({ name: z.string(), uid: z.string(), kubernetesVersion: z.string() }),
  /** Of the plan of a rollback: the mode that the nodes came from. */
  target: z.union([z.enum(targets), proxyModeSchema]),
  /** Linux nodes by the mode that was seen on them when the plan was made, and by kernel. `nodesOf` gives them one by one. */
  nodes: z.array(z.object({ mode: observedModeSchema, kernel: z.string(), names: z.array(z.string()).min(1) })),
  kubeProxy: kubeProxyPlanSchema,
  /** Absent where the cluster has no Calico, and on the way to eBPF. */
  calico: calicoPlanSchema.optional(),
  /** The plan of a rollback: what is there now is `from` above, and what was saved is `to`. */
  rollback: rollbackPlanSchema.optional(),
  /** Who held the lock and is taken for gone: named by the requester, accepted with the approval. */
  takeOverLock: z.string().optional(),
  /** On the way to eBPF alone. */
  ebpf: ebpfPlanSchema.optional(),
  changes: z.array(plannedChangeSchema),
  /** The objects that the plan was made of, each with the SHA-256 of its own parts: without status and server's fields. */
  objects: z.array(z.object({ object: z.string(), hash: z.string() })).default([]),
  estimate: estimateSchema.optional(),
  /** Codes whose blockers the requester set aside: they are among the findings, marked as ignored. */
  ignoredChecks: z.array(checkCodeSchema).default([]),
  /** Warnings that the approval accepts. Notes are not part of the plan: some are made of logs, which rotate. */
  findings: z.array(findingSchema),
  approval: planApprovalSchema,
  /** When waves may start; absent: at any time. */
  windows: z.array(maintenanceWindowSchema).optional(),
  /** Days on which none does, whatever the windows say. */
  freeze: z.array(freezeSchema).optional(),
  /** Alerts that hold the next wave while they fire; absent: none is asked for. */
  alerts: alertGateSchema.optional(),
  /** What measures traffic on every node; absent: nothing does. */
  probe: probePlanSchema.optional(),
  /** How long the migrated cluster is watched before the run ends (ms). */
  soakMs: z.number().int().nonnegative(),
});
export type Plan = z.infer<typeof planSchema>;

/** SHA-256 of the plan's canonical form (RFC 8785) without its estimate, as 64 hex digits. */
const aHash = 'expected 64 lower-case hex digits';
export const planHashSchema = z.string(aHash).regex(/^[0-9a-f]{64}$/, aHash);

/** Who is told what happens, as the worker's clusters.yaml says it. No part of the plan; absent: nobody. */
const subscribers = z.array(subscriberSchema).optional();

/** What preflight found: a plan where there is something to do and nothing in the way. */
export const preflightResultSchema = z.discriminatedUnion('verdict', [
  z.object({ verdict: z.literal('blocked'), findings: z.array(findingSchema), subscribers }),
  z.object({ verdict: z.literal('nothing-to-do'), findings: z.array(findingSchema), subscribers, plan: planSchema }),
  z.object({
    verdict: z.literal('ready'),
    findings: z.array(findingSchema),
    subscribers,
    plan: planSchema,
    hash: planHashSchema,
    /** Advice for after the run, and no part of what is approved. */
    sources: z.array(sourceSettingSchema).optional(),
  }),
]);
export type PreflightResult = z.infer<typeof preflightResultSchema>;
