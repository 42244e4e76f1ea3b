import { z } from 'zod';

/** The kinds of trouble that a rehearsal can bring. */
export const scenarioNames = [
  'healthy',
  'old-kernel',
  'canary-crashes',
  'replacement-crashes',
  'node-fails-late',
  'operator-degraded',
  'felix-fails',
  'slow-nodes',
  'full-node',
  'node-joins',
  'lossy-node',
  'stalled-probe',
] as const;
export const scenarioNameSchema = z.enum(scenarioNames);
export type ScenarioName = z.infer<typeof scenarioNameSchema>;

/** What a scenario changes in the behaviour of the simulated software; everything else is as in `healthy`. */
export interface Scenario {
  /** One line for `--help` and the docs. */
  description: string;
  /** Kernel of the last worker node, where it differs from the others. */
  oldKernel?: string;
  /** How the nodes that are started in nftables, in order of their first such start, fail. */
  failure?: {
    kind: 'crash' | 'never-syncs';
    /** It hits the node's own kube-proxy, and no stand-by. */
    sparesStandbys?: true;
    /** Which node it hits: its place (from 0) among the nodes that start in nftables. */
    at: (nodes: number) => number;
  };
  /** Whether the node with this index (from 0) takes `slowSyncMs` longer for its first sync. */
  slow?: (index: number) => boolean;
  /** The operator cannot write FelixConfiguration while the Installation asks for Nftables. */
  operatorDegradedOnNftables?: true;
  /** The Felix that is the first to go to nftables cannot program its rules there. */
  felixFails?: true;
  /** The last worker has no room for one pod more. */
  fullNode?: true;
  /** A node joins once the first node has synced in nftables. */
  nodeJoins?: true;
  /** Nothing arrives from the first node that has synced in nftables, for a while. */
  losesTraffic?: true;
  /** The probe on the first node that has synced in nftables tells nothing any more. */
  probeStalls?: true;
}

export const scenarios: Record<ScenarioName, Scenario> = {
  healthy: { description: 'every node and component does what it should' },
  'old-kernel': {
    description: 'one worker has kernel 5.4, where kube-proxy cannot run in nftables mode',
    // Ubuntu 20.04's kernel. kube-proxy asks for 5.13 (k8s.io/kubernetes pkg/proxy/nftables/proxier.go).
    oldKernel: '5.4.0-216-generic',
  },
  'canary-crashes': {
    description: 'the first node that starts kube-proxy in nftables mode crashes, though its kernel is new enough',
    // nft in the image segfaults on sets that a newer nft on the host has made: kubernetes/kubernetes#136786.
    failure: { kind: 'crash', at: () => 0 },
  },
  'replacement-crashes': {
    description:
      "with make-before-break: the canary's stand-by serves, and the kube-proxy that replaces the old one crashes",
    // Whatever differs between the two pods: a limit, a mount, a policy.
    failure: { kind: 'crash', at: () => 0, sparesStandbys: true },
  },
  'node-fails-late': {
    description: 'a node past the first half stays Ready in nftables mode but never programs its rules',
    // kube-proxy is Ready and healthy before its first sync: readiness says nothing (measured on real nodes).
    failure: { kind: 'never-syncs', at: (nodes) => Math.ceil((nodes * 2) / 3) - 1 },
  },
  'operator-degraded': {
    description: 'the Tigera operator turns Degraded when the Installation goes to Nftables',
    operatorDegradedOnNftables: true,
  },
  'felix-fails': {
    description: 'the first Felix that goes to nftables cannot program its rules, and dies again and again',
    // An nft on the host that is newer than Calico's own: projectcalico/calico#11750.
    felixFails: true,
  },
  'slow-nodes': {
    description: 'every third node takes several seconds more for its first sync',
    // kubernetes/kubernetes#135639 and #139513: a first sync of minutes with very many Services.
    slow: (index) => index % 3 === 2,
  },
  'full-node': {
    description: 'one worker has no room for one pod more, so its kubelet would refuse a stand-by',
    // Common where a node may have few pods: pkg/kubelet/lifecycle/predicate.go.
    fullNode: true,
  },
  'node-joins': { description: 'a node joins the cluster in the middle of the run', nodeJoins: true },
  'lossy-node': {
    description: 'with a probe: nothing arrives from the canary for several seconds, though its kube-proxy is in step',
    // What no log of kube-proxy shows: rules of somebody else that drop, a path MTU, a table of connections that is full.
    losesTraffic: true,
  },
  'stalled-probe': {
    description: 'with a probe: the one on the canary tells nothing any more',
    probeStalls: true,
  },
};
