import { z } from 'zod';
import type { DaemonSetMark, DriftItem } from '../../model/health.ts';
import type { Cluster } from '../connect.ts';
import { canonicalHash, sha256 } from '../hash.ts';
import { describeRef, type ObjectRef, type PlainObject, readObject } from '../objects.ts';
import { type FieldPath, lastWrite } from '../owners/field-managers.ts';
import { ownersOf } from '../owners/owners.ts';
import { kubeProxyConfigMap, kubeProxyDaemonSet } from '../refs.ts';

const markedSchema = z.looseObject({
  metadata: z.looseObject({ uid: z.string(), generation: z.int() }),
  spec: z.looseObject({ template: z.unknown() }),
});

const configMapSchema = z.looseObject({ data: z.record(z.string(), z.string()).default({}) });
const CONFIG_PATH: FieldPath = ['data', 'config.conf'];

/** What tells an edited DaemonSet of kube-proxy from the one that was there; undefined where there is none. @throws Failure */
export async function markProxyDaemonSet(cluster: Cluster): Promise<DaemonSetMark | undefined> {
  const found = await readObject(cluster, kubeProxyDaemonSet);
  return found && markOf(found);
}

function markOf(object: PlainObject): DaemonSetMark {
  const { metadata, spec } = markedSchema.parse(object);
  return { uid: metadata.uid, generation: metadata.generation, templateHash: canonicalHash(spec.template) };
}

export interface DriftExpectation {
  /** Absent: the DaemonSet is not looked at. */
  daemonSet?: DaemonSetMark | undefined;
  /** SHA-256 of the text of `config.conf` that the run wrote, or that it found and leaves; absent: it is not looked at. */
  configHash?: string | undefined;
}

/**
 * What somebody else has changed of what kube-proxy is made from: its DaemonSet, and its ConfigMap. Names who wrote it last,
 * and the tool behind the object where one is known to write it again.
 *
 * @throws Failure
 */
export async function findDrift(cluster: Cluster, { daemonSet, configHash }: DriftExpectation): Promise<DriftItem[]> {
  const [edited, reverted] = await Promise.all([
    daemonSet && daemonSetDrift(daemonSet, await readObject(cluster, kubeProxyDaemonSet)),
    configHash === undefined ? undefined : configMapDrift(configHash, await readObject(cluster, kubeProxyConfigMap)),
  ]);
  return [edited, reverted].filter((item) => item !== undefined);
}

function daemonSetDrift(before: DaemonSetMark, found: PlainObject | undefined): DriftItem | undefined {
  const object = describeRef(kubeProxyDaemonSet);
  if (found === undefined) return { kind: 'daemon-set-gone', object, what: 'was deleted' };
  const now = markOf(found);
  if (now.uid !== before.uid) {
    return drift('daemon-set-edited', kubeProxyDaemonSet, 'was deleted and made anew', found, ['spec']);
  }
  // The generation moves with every edit of the spec, also with one that was taken back: pods may have been replaced.
  if (now.generation === before.generation) return undefined;
  const same = now.templateHash === before.templateHash;
  const what = `was edited, generation ${before.generation} → ${now.generation}, ${same ? 'its template is the same' : 'its template is another'}`;
  return drift('daemon-set-edited', kubeProxyDaemonSet, what, found, same ? ['spec'] : ['spec', 'template']);
}

function configMapDrift(hash: string, found: PlainObject | undefined): DriftItem | undefined {
  const object = describeRef(kubeProxyConfigMap);
  if (found === undefined) return { kind: 'config-map-gone', object, what: 'was deleted' };
  const text = configMapSchema.parse(found).data['config.conf'];
  if (text !== undefined && sha256(text) === hash) return undefined;
  const what = text === undefined ? 'has no config.conf any more' : 'is not what this run left there';
  return drift('config-map-reverted', kubeProxyConfigMap, what, found, text === undefined ? ['data'] : CONFIG_PATH);
}

/** Names who wrote the field last: whoever took it away does not manage it any more, so then its parent is asked for. */
function drift(kind: DriftItem['kind'], ref: ObjectRef, what: string, found: PlainObject, path: FieldPath): DriftItem {
  const by = lastWrite(found, path);
  const [owner] = ownersOf(found, path).owners;
  return {
    kind,
    object: describeRef(ref),
    what,
    ...(by ? { by } : {}),
    ...(owner ? { owner: { name: owner.name, evidence: owner.evidence, fix: owner.fix, command: owner.command } } : {}),
  };
}
