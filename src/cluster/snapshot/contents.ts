import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { SnapshotRun } from '../../model/snapshot.ts';
import { editProxyConfig, readProxyConfig } from '../kube-proxy/config-edit.ts';
import { configTextOf, withConfigText } from '../kube-proxy/config-map.ts';
import { describeRef, type ObjectRef, type PlainObject } from '../objects.ts';
import { type OwnParts, ownParts } from '../own-parts.ts';
import { kubeProxyConfigMap } from '../refs.ts';
import { keyOf, OTHER_MODES_KEY, README_KEY, RUN_KEY, resourceOf, SCRIPT_KEY, WHILE_RESTARTING_KEY } from './keys.ts';
import { restoreScript } from './restore-script.ts';

/** An object as it was read; undefined where there was none. */
export interface FoundObject {
  ref: ObjectRef;
  object: PlainObject | undefined;
}

export interface ContentsOptions {
  /** Name of the snapshot. */
  name: string;
  run: Omit<SnapshotRun, 'objects'>;
  found: readonly FoundObject[];
}

/** The data of a snapshot: what was found, what the run says of itself, and how to put it back by hand. */
export async function snapshotData({ name, run, found }: ContentsOptions): Promise<Record<string, string>> {
  const { from } = run.wayBack.kubeProxy;
  const objects = found.map(({ ref, object }) => (object === undefined ? { ...ref, absent: true as const } : ref));
  const full: SnapshotRun = { ...run, objects };
  const data: Record<string, string> = {};
  for (const { ref, object } of found) if (object !== undefined) data[keyOf(ref)] = asJson(savedForm(ref, object));
  const configMap = found.find(({ ref }) => isDeepStrictEqual(ref, kubeProxyConfigMap))?.object;
  if (configMap !== undefined) {
    const text = configTextOf(configMap);
    const inMode = configTextInMode(text, from);
    if (inMode !== text) {
      data[WHILE_RESTARTING_KEY] = asJson(withConfigText(savedForm(kubeProxyConfigMap, configMap), inMode));
    }
  }
  const others = Object.entries(run.wayBack.otherModes).map(([node, mode]) => `${node} ${mode}\n`);
  if (others.length > 0) data[OTHER_MODES_KEY] = others.join('');
  data[RUN_KEY] = asJson(full);
  const whileRestarting = WHILE_RESTARTING_KEY in data;
  data[SCRIPT_KEY] = await restoreScript({ name, run: full, whileRestarting });
  data[README_KEY] = readme(name, full);
  return data;
}

/**
 * The text of `config.conf` that nodes are restarted with on the way back: the saved one, in the mode that they came from.
 * That is the saved text itself, unless the run found the ConfigMap ahead of its nodes.
 */
export function configTextInMode(saved: string, mode: SnapshotRun['wayBack']['kubeProxy']['from']): string {
  return readProxyConfig(saved).effectiveMode === mode ? saved : editProxyConfig(saved, { mode }).text;
}

const keptSchema = z.looseObject({
  metadata: z.looseObject({ finalizers: z.unknown().optional(), ownerReferences: z.unknown().optional() }),
});

/** What `kubectl replace` takes. It would drop what is not there, so finalizers and owners are kept too. */
function savedForm({ apiVersion, kind }: ObjectRef, object: PlainObject): OwnParts {
  const own = ownParts(object);
  const { finalizers, ownerReferences } = keptSchema.parse(object).metadata;
  const kept = { ...(finalizers ? { finalizers } : {}), ...(ownerReferences ? { ownerReferences } : {}) };
  return { ...own, apiVersion, kind, metadata: { ...own.metadata, ...kept } };
}

function asJson(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

function readme(name: string, { workflowId, runId, requester, savedAt, wayBack, objects }: SnapshotRun): string {
  const show = (key: string) =>
    `kubectl -n kube-system get configmap ${name} -o go-template='{{index .data "${key}"}}'`;
  return [
    `Objects as they were before run ${runId} of proxyshift (${workflowId}, asked for by ${requester}), saved ${savedAt}.`,
    '',
    'To put all of it back and to look at every node, with kubectl alone. It says what it does, can be run again, and',
    'refuses another cluster. DRY_RUN=yes says what would be done:',
    `  ${show(SCRIPT_KEY)} | DRY_RUN=yes sh`,
    `  ${show(SCRIPT_KEY)} | sh`,
    'The same with proxyshift, faster, and with proof of the first sync of every node:',
    `  proxyshift restore --context CONTEXT --snapshot ${name}`,
    '',
    'Object by object, in this order:',
    ...objects
      .toReversed()
      .map((object) =>
        object.absent
          ? `  kubectl delete ${resourceOf(object)} ${object.name}   # there was none`
          : `  ${show(keyOf(object))} | kubectl replace -f -   # ${describeRef(object)}`,
      ),
    `Then replace the pods of kube-proxy node by node, where they do not show ${wayBack.kubeProxy.from}:`,
    '  kubectl -n kube-system delete pod -l k8s-app=kube-proxy --field-selector spec.nodeName=NODE',
    '',
  ].join('\n');
}
