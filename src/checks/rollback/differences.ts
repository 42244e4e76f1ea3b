import { isDeepStrictEqual } from 'node:util';
import type { ObjectRef, PlainObject } from '../../cluster/objects.ts';
import type { OwnParts } from '../../cluster/own-parts.ts';
import type { Snapshot } from '../../cluster/snapshot/find.ts';
import { comparable } from '../../cluster/snapshot.ts';
import { isStandby } from '../../cluster/standby/names.ts';
import type { ObservedMode, ProxyMode } from '../../model/mode.ts';
import type { ClusterFacts } from '../facts.ts';

/** An object that is not as it was saved. */
export interface ObjectDifference {
  ref: ObjectRef;
  /** As it is now; undefined where there is none. */
  found: PlainObject | undefined;
  /** As it was; undefined where there was none. */
  saved: OwnParts | undefined;
}

/** A node whose kube-proxy is not in the mode that it was in. */
export interface NodeDifference {
  node: string;
  mode: ObservedMode;
  wanted: ProxyMode;
}

/** What going back to a snapshot has to change. */
export interface Differences {
  /** In the order in which they are put back. */
  objects: ObjectDifference[];
  nodes: NodeDifference[];
  /** Nodes on which the run has left a stand-by. */
  standbys: string[];
}

/** What of a cluster is not as a snapshot has it. */
export async function differencesFrom(facts: ClusterFacts, { run, objects }: Snapshot): Promise<Differences> {
  const { kubeProxy, otherModes } = run.wayBack;
  const found = await Promise.all(
    objects.map(async ({ ref, saved }) => ({ ref, saved, found: await facts.object(ref) })),
  );
  const proxies = kubeProxy.needed ? await facts.proxies() : [];
  const handsOver = kubeProxy.needed && kubeProxy.handover === 'make-before-break';
  const pods = handsOver ? await facts.systemPods() : [];
  return {
    standbys: pods.filter(isStandby).flatMap(({ node }) => node ?? []),
    objects: found.filter(differs).reverse(),
    nodes: proxies
      .map(({ node, mode }) => ({ node, mode, wanted: otherModes[node] ?? kubeProxy.from }))
      .filter(({ mode, wanted }) => mode !== wanted),
  };
}

function differs({ found, saved }: Pick<ObjectDifference, 'found' | 'saved'>): boolean {
  if (found === undefined || saved === undefined) return found !== saved;
  return !isDeepStrictEqual(comparable(found), comparable(saved));
}

/** Whether nothing has to be changed. */
export function isEmpty({ objects, nodes, standbys }: Differences): boolean {
  return objects.length === 0 && nodes.length === 0 && standbys.length === 0;
}
