import { z } from 'zod';
import { failurePolicies, gateSchema, handovers, rolloutStrategies } from '../model/plan.ts';
import { clusterNameSchema, personKey, personSchema } from '../model/request.ts';
import { alertsSchema } from './clusters-file-alerts.ts';
import { duration, filePath } from './clusters-file-fields.ts';
import { notifySchema, receiversSchema } from './clusters-file-notifications.ts';
import { probeSchema } from './clusters-file-probe.ts';
import { freezeListSchema, windowListSchema } from './clusters-file-windows.ts';

const atLeastNone = 'expected a whole number of nodes, 0 or more';
const gatesWithPlan = 'expected a list with "plan", and "canary" where a person has to say yes after the canary too';
const fromOneToTen = 'expected a whole number from 1 to 10';
const nodesOrPercentage = 'expected a number of nodes (3) or a percentage ("10%")';
const anUid = 'expected the uid of the namespace kube-system, as kubectl prints it';
const aContext = 'expected the name of a context';
const aNode = 'expected the name of a node';
const aTaskQueue = 'expected the name of a task queue';

const approvalSchema = z
  .strictObject({
    approvers: z
      .array(personSchema)
      .default([])
      .describe('Who may approve a plan for this cluster. Empty: anyone but the person who asked for the run.'),
    timeout: duration('24h').describe(
      'How long a run waits for its approvals; after that it ends and nothing changed.',
    ),
    count: z
      .int(fromOneToTen)
      .min(1, fromOneToTen)
      .max(10, fromOneToTen)
      .default(1)
      .describe('So many different people have to approve.'),
    require: z
      .enum(['named', 'signed'])
      .default('named')
      .describe('"named": approvers say who they are. "signed": they prove it with an SSH signature.'),
    gates: z
      .array(gateSchema, gatesWithPlan)
      .refine((given) => given.includes('plan') && new Set(given).size === given.length, gatesWithPlan)
      .default(['plan'])
      .describe(
        'Where approvals are asked for: "plan" (before anything is written, always) and "canary" (after the canary node).',
      ),
    allowedSigners: filePath
      .optional()
      .describe(
        'Where require is "signed": path on the worker of a list of names and their keys, as "ALLOWED SIGNERS" in ' +
          'ssh-keygen(1). "~" is the home folder; relative paths start at this file.',
      ),
  })
  .superRefine(({ approvers, count, require, allowedSigners }, context) => {
    const issue = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    if (require === 'signed' && allowedSigners === undefined) {
      issue('allowedSigners', 'with require "signed", expected the path of a file of allowed signers');
    }
    if (require !== 'signed' && allowedSigners !== undefined) {
      issue('allowedSigners', 'accepted with require "signed" only: a name is not verified');
    }
    const people = new Set(approvers.map(personKey)).size;
    if (people > 0 && count > people) {
      issue('count', `expected at most ${people}, the number of different approvers; no run could ever be approved`);
    }
  })
  .prefault({});

const rolloutSchema = z
  .strictObject({
    canaryNode: z
      .string(aNode)
      .min(1, aNode)
      .optional()
      .describe('The node that goes first, alone. Absent: proxyshift picks a worker node and names it in the plan.'),
    maxUnavailable: z
      .union(
        [
          z.int().min(1, nodesOrPercentage),
          z
            .string()
            .regex(/^([1-9]\d?|100)%$/, nodesOrPercentage)
            .transform((text): `${number}%` => `${Number.parseInt(text, 10)}%`),
        ],
        nodesOrPercentage,
      )
      .prefault('10%')
      .describe('Nodes per wave at most: a number, or a percentage of all nodes (rounded down, and at least 1).'),
    waveGrowth: z
      .enum(['double', 'none'])
      .default('double')
      .describe('"double": waves of 2, 4, 8, … nodes up to maxUnavailable. "none": of maxUnavailable nodes at once.'),
    strategy: z
      .enum(rolloutStrategies)
      .default('waves')
      .describe(
        '"waves": canary, then waves, each proven before the next. "rolling": kube-proxy\'s DaemonSet is restarted, as by ' +
          'kubectl rollout restart, and every node is proven.',
      ),
    handover: z
      .enum(handovers)
      .default('restart')
      .describe(
        'How a node gets from one mode to the other. "restart": its kube-proxy is replaced; Services are away for seconds. ' +
          '"make-before-break": a second kube-proxy serves the node in the new mode before the first one leaves.',
      ),
    drainTimeout: duration('5m', 0).describe(
      'With make-before-break: how long connections that IPVS carries are waited for on each node before they are cut. "0s": not at all.',
    ),
    canarySoak: duration('30s', 0).describe('How long a canary is watched before the other nodes follow.'),
    nodeTimeout: duration('5m').describe('Time for one node, from its pod being replaced until it has synced.'),
    notReadyTimeout: duration('5m', 0).describe(
      'How long a node that is not Ready is waited for; then it is left behind.',
    ),
    failureBudget: z
      .int(atLeastNone)
      .min(0, atLeastNone)
      .default(0)
      .describe('So many nodes may fail, each after a second try, before the run acts.'),
    onFailure: z
      .enum(failurePolicies)
      .default('rollback')
      .describe('What the run does then: "rollback" undoes everything, "pause" stops and waits for a person.'),
    soak: duration('2m', 0).describe('How long the whole cluster is watched after the last step.'),
    alerts: alertsSchema.optional().describe('Alerts of a Prometheus that hold the next wave while they fire.'),
  })
  .prefault({});

const calicoSchema = z
  .strictObject({
    timeout: duration('10m').describe('Time for Calico: from the change until every calico-node follows.'),
  })
  .prefault({});

const entrySchema = z.strictObject({
  kubeconfig: filePath.describe(
    'Path of a kubeconfig on the worker. "~" is the home folder; relative paths start at this file.',
  ),
  context: z
    .string(aContext)
    .min(1, aContext)
    .describe('Context of that kubeconfig. Always explicit: the current context is never used.'),
  uid: z
    .string(anUid)
    .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, anUid)
    .describe(
      'Identity of the cluster, checked on every connect: kubectl get ns kube-system -o jsonpath={.metadata.uid}',
    ),
  approval: approvalSchema.describe('Who approves, and how long a run waits for it.'),
  rollout: rolloutSchema.describe('How nodes are taken, one after the other and in waves.'),
  calico: calicoSchema.describe('Limits of the Calico phase.'),
  probe: probeSchema
    .optional()
    .describe(
      'Measures on every Linux node what the run does to traffic. Absent: nothing does, and nothing is installed.',
    ),
  windows: windowListSchema.describe(
    'When waves may start; what has begun is finished. Empty: at any time. They may overlap.',
  ),
  freeze: freezeListSchema.describe('Days on which no wave starts, whatever the windows say.'),
  notify: notifySchema.describe(
    'Who is told of runs on this cluster: names under notifications. Absent: all. Empty: nobody.',
  ),
});

/** The entry of one cluster, with defaults applied. */
export type EntryFields = z.output<typeof entrySchema>;

/** The shape of clusters.yaml, as it is written. `scripts/schema.ts` makes the JSON Schema for editors from it. */
export const clustersFileSchema = z
  .strictObject({
    apiVersion: z.literal('proxyshift.dev/v1').describe('Version of this format.'),
    taskQueue: z
      .string(aTaskQueue)
      .min(1, aTaskQueue)
      .optional()
      .describe('Temporal task queue of the workers that can reach these clusters. Default: proxyshift.'),
    notifications: receiversSchema.describe('Who is told what happens in runs, by a name of your choice.'),
    clusters: z
      .record(clusterNameSchema, entrySchema.describe('One cluster.'))
      .describe('The clusters, by the name used in commands, in the workflow id and in reports.'),
  })
  .superRefine(({ notifications, clusters }, context) => {
    for (const [cluster, { notify = [] }] of Object.entries(clusters)) {
      for (const [index, name] of notify.entries()) {
        if (Object.hasOwn(notifications, name)) continue;
        const known = Object.keys(notifications).join(', ') || 'none';
        const message = `expected the name of a receiver under notifications, which has ${known}`;
        context.addIssue({ code: 'custom', path: ['clusters', cluster, 'notify', index], message });
      }
    }
  });
