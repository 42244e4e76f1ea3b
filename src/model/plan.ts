import { z } from 'zod';
import { ebpfPlanSchema } from './ebpf-plan.ts';
import { checkCodeSchema, findingSchema } from './finding.ts';
import { linuxDataplaneSchema, nftablesModeSchema, observedModeSchema, proxyModeSchema } from './mode.ts';
import { targets } from './request.ts';

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
  /** A node's restart, from the pod's deletion to the first full sync, may take this long (ms). */
  nodeTimeoutMs: z.number().int().positive(),
});
export type KubeProxyPlan = z.infer<typeof kubeProxyPlanSchema>;

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
  timeoutMs: z.number().int().positive(),
});
export type CalicoPlan = z.infer<typeof calicoPlanSchema>;

/** What the run asks of approvals. A plan of an older worker has neither `count` nor `require`. */
export const planApprovalSchema = z.object({
  /** Who may approve; empty means anyone but the requester. */
  approvers: z.array(z.string()),
  timeoutMs: z.number().int().positive(),
  /** So many different people have to approve. */
  count: z.number().int().min(1).default(1),
  /** Whether a name is enough, or has to be proven by a signature. */
  require: z.enum(['named', 'signed']).default('named'),
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
  target: z.enum(targets),
  /** Linux nodes and the mode seen on each when the plan was made. */
  nodes: z.array(z.object({ name: z.string(), mode: observedModeSchema, kernel: z.string() })),
  kubeProxy: kubeProxyPlanSchema,
  /** Absent where the cluster has no Calico, and on the way to eBPF. */
  calico: calicoPlanSchema.optional(),
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
  /** How long the migrated cluster is watched before the run ends (ms). */
  soakMs: z.number().int().nonnegative(),
});
export type Plan = z.infer<typeof planSchema>;

/** SHA-256 of the plan's canonical form (RFC 8785) without its estimate, as 64 hex digits. */
const aHash = 'expected 64 lower-case hex digits';
export const planHashSchema = z.string(aHash).regex(/^[0-9a-f]{64}$/, aHash);

/** What preflight found: a plan where there is something to do and nothing in the way. */
export const preflightResultSchema = z.discriminatedUnion('verdict', [
  z.object({ verdict: z.literal('blocked'), findings: z.array(findingSchema) }),
  z.object({ verdict: z.literal('nothing-to-do'), findings: z.array(findingSchema), plan: planSchema }),
  z.object({
    verdict: z.literal('ready'),
    findings: z.array(findingSchema),
    plan: planSchema,
    hash: planHashSchema,
  }),
]);
export type PreflightResult = z.infer<typeof preflightResultSchema>;
