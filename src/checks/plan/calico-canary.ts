import { felixConfigurationSchema } from '../../cluster/calico/installation-schema.ts';
import type { LinuxNode } from '../../cluster/nodes.ts';
import type { PlainObject } from '../../cluster/objects.ts';
import type { SystemPod } from '../../cluster/system-pods.ts';
import type { CalicoCanary } from '../../model/plan.ts';
import { byName, chooseCanary } from '../../model/waves.ts';
import { waveNodes } from './wave-nodes.ts';

const PER_NODE = 'node.';

/** Nodes that have a FelixConfiguration of their own, and what it does to the mode of their Felix. */
export interface OwnConfigurations {
  /** It sets the mode: `default` means nothing there. */
  pinned: readonly string[];
  /** It sets other things. */
  other: readonly string[];
}

/** Takes apart the FelixConfigurations `node.<name>` of these nodes. */
export function ownConfigurations(found: readonly PlainObject[], nodes: readonly LinuxNode[]): OwnConfigurations {
  const names = new Set(nodes.map(({ name }) => name));
  const own = found
    .map((object) => felixConfigurationSchema.parse(object))
    .filter(({ metadata }) => metadata.name.startsWith(PER_NODE))
    .map(({ metadata, spec }) => ({
      name: metadata.name.slice(PER_NODE.length),
      sets: Boolean(spec.nftablesMode || spec.bpfEnabled),
    }))
    .filter(({ name }) => names.has(name))
    .sort(byName);
  const namesOf = (sets: boolean) => own.filter((one) => one.sets === sets).map(({ name }) => name);
  return { pinned: namesOf(true), other: namesOf(false) };
}

/** What the choice is made of. */
export interface CanaryChoice {
  nodes: readonly LinuxNode[];
  systemPods: readonly SystemPod[];
  /** The one of kube-proxy's plan. */
  proxyCanary: string | undefined;
  /** `rollout.canaryNode` of clusters.yaml. */
  named: string | undefined;
  own: OwnConfigurations;
}

/**
 * The node whose Felix goes first: kube-proxy's canary, which is known to carry the new kube-proxy for longest; else the
 * one that clusters.yaml names; else by rule. Never one whose own FelixConfiguration sets the mode: it would prove nothing.
 * Undefined where every node has one.
 */
export function chooseCalicoCanary({
  nodes,
  systemPods,
  proxyCanary,
  named,
  own,
}: CanaryChoice): CalicoCanary | undefined {
  const free = nodes.filter(({ name }) => !own.pinned.includes(name));
  const ifFree = (node: string | undefined) => free.find(({ name }) => name === node)?.name;
  const preferred = ifFree(proxyCanary);
  const taken = preferred
    ? { node: preferred, why: "kube-proxy's canary" }
    : chooseCanary(waveNodes(free, systemPods), ifFree(named));
  if (taken === undefined) return undefined;
  const passed = proxyCanary !== undefined && taken.node !== proxyCanary;
  const why = passed ? `${taken.why}; FelixConfiguration ${PER_NODE}${proxyCanary} sets a mode of its own` : taken.why;
  return { node: taken.node, why, existing: own.other.includes(taken.node) };
}
