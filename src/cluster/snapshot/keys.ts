import { sha256 } from '../hash.ts';
import type { ObjectRef } from '../objects.ts';

// The keys of a snapshot. People see them, and restore.sh reads them.

/** What the snapshot says of its run: `model/snapshot.ts`. */
export const RUN_KEY = 'run.json';
export const README_KEY = 'README.txt';
export const SCRIPT_KEY = 'restore.sh';
/** `NODE MODE` a line: nodes that were in another mode than the others. Only where there are some. */
export const OTHER_MODES_KEY = 'other-modes.txt';
/**
 * ConfigMap kube-proxy in the mode that the restarted nodes came from. Only where that is not what was saved: a run that
 * was begun on a half-migrated cluster found the ConfigMap ahead of its nodes.
 */
export const WHILE_RESTARTING_KEY = 'while-restarting.json';

/** Longest key of a ConfigMap (k8s.io/apimachinery/pkg/util/validation: IsConfigMapKey). */
const LONGEST_KEY = 253;

/** The key of a saved object: `configmap.kube-system.kube-proxy.json`. */
export function keyOf(ref: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>): string {
  const name = [ref.kind, ref.namespace, ref.name].filter(Boolean).join('.').toLowerCase();
  const key = `${name}.json`;
  return key.length <= LONGEST_KEY ? key : `${ref.kind.toLowerCase()}.${sha256(name)}.json`;
}

/** What kubectl calls a kind: `configmaps`, `installations.operator.tigera.io`. */
export function resourceOf({ apiVersion, plural }: Pick<ObjectRef, 'apiVersion' | 'plural'>): string {
  return apiVersion.includes('/') ? `${plural}.${apiVersion.split('/')[0]}` : plural;
}
