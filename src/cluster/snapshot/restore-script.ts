import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../model/failure.ts';
import { SHORTEST_WAY_BACK_MS } from '../../model/shortest-way-back.ts';
import type { SnapshotRun } from '../../model/snapshot.ts';
import { keyOf, resourceOf } from './keys.ts';

/** The same place in a checkout and in the published package, where this file is in dist/. */
const TEMPLATE = join(import.meta.dirname, '..', '..', '..', 'src', 'cluster', 'restore.sh');

const settingsBlock = /^# --- settings\n[\s\S]*?^# --- end of settings\n/m;

export interface RestoreScriptOptions {
  /** Name of the snapshot. */
  name: string;
  run: SnapshotRun;
  /** The snapshot has kube-proxy's ConfigMap in the mode of the nodes beside what was saved. */
  whileRestarting: boolean;
}

/** The script that a snapshot brings along: `restore.sh` with this snapshot's settings. */
export async function restoreScript(options: RestoreScriptOptions): Promise<string> {
  const template = await readFile(TEMPLATE, 'utf8');
  if (!settingsBlock.test(template)) throw new Failure('Invalid', `${TEMPLATE} has no block of settings`);
  const lines = Object.entries(settingsOf(options)).map(([name, value]) => `${name}=${quoted(value)}\n`);
  return template.replace(settingsBlock, () => `# --- settings\n${lines.join('')}# --- end of settings\n`);
}

function settingsOf({ name, run, whileRestarting }: RestoreScriptOptions): Record<string, string> {
  const { kubeProxy, otherModes, calico, ebpf } = run.wayBack;
  const calicoNeeded = calico?.needed === true ? calico : undefined;
  const ebpfNeeded = ebpf?.needed === true ? ebpf : undefined;
  return {
    SNAPSHOT: name,
    CLUSTER_UID: run.cluster.uid,
    MODE: kubeProxy.from,
    KUBE_PROXY: yesOrNo(kubeProxy.needed),
    WHILE_RESTARTING: yesOrNo(whileRestarting),
    OTHER_MODES: yesOrNo(Object.keys(otherModes).length > 0),
    NODE_TIMEOUT: seconds(Math.max(kubeProxy.nodeTimeoutMs, SHORTEST_WAY_BACK_MS)),
    CALICO_NAMESPACE: calicoNeeded?.namespace ?? '',
    CALICO_OPERATOR: yesOrNo(calicoNeeded?.install === 'operator'),
    CALICO_TIMEOUT: seconds(calicoNeeded?.timeoutMs ?? ebpfNeeded?.timeoutMs ?? 0),
    FELIX_MODE: calicoNeeded?.nftablesMode.from ?? '',
    EBPF: ebpfNeeded?.setup ?? '',
    DATAPLANE: ebpfNeeded?.dataplane.from ?? '',
    OBJECTS: run.objects.toReversed().map(objectLine).join('\n'),
  };
}

/** `KEY RESOURCE NAME [NAMESPACE]`, with `-` in place of the key where there was no such object. */
function objectLine(object: SnapshotRun['objects'][number]): string {
  const { namespace, name, absent } = object;
  return [absent ? '-' : keyOf(object), resourceOf(object), name, ...(namespace ? [namespace] : [])].join(' ');
}

function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

/** Rounded up: a limit of half a second is none. */
function seconds(ms: number): string {
  return String(Math.ceil(ms / 1_000));
}

/** A word for a POSIX shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
