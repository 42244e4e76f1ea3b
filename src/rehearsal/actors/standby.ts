import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { anyObjectSchema } from '../kube-api.ts';
import type { ContainerLog } from './container-log.ts';
import type { NodeKernel } from './kernel.ts';
import type { ProxyTools } from './kube-proxy.ts';
import type { Pod } from './pod.ts';

/** What a kube-proxy beside a node's own one is told by its pod, which brings its files itself. */
export interface StandbyFiles {
  /** Text of its `config.conf`. */
  config: string;
  /** Port of `metricsBindAddress`. */
  port: number;
  tools: ProxyTools;
  /** It was called to clean up. */
  cleanup: boolean;
}

const annotatedSchema = anyObjectSchema.extend({
  metadata: z.looseObject({ annotations: z.record(z.string(), z.string()).default({}) }),
});
const portSchema = z.looseObject({ metricsBindAddress: z.string() });

/**
 * Reads pod and annotations as kubelet and kube-proxy do: a downward API volume makes files of annotations, and a program is
 * found where a folder of the PATH has it. kube-proxy asks for `nft` by its name, so the first one on the PATH counts,
 * and one that fails is none (sigs.k8s.io/knftables, New).
 */
export function standbyFiles(pod: Pod): StandbyFiles {
  const { annotations } = annotatedSchema.parse(pod).metadata;
  const items = (pod.spec.volumes ?? []).flatMap(({ downwardAPI }) => downwardAPI?.items ?? []);
  const file = (path: string) => {
    const fieldPath = items.find((item) => item.path === path)?.fieldRef.fieldPath ?? '';
    return annotations[/^metadata\.annotations\['(.+)'\]$/.exec(fieldPath)?.[1] ?? ''] ?? '';
  };
  const [container] = pod.spec.containers;
  const path = container?.env?.find(({ name }) => name === 'PATH')?.value?.split(':') ?? ['/usr/sbin'];
  const config = file('config.conf');
  return {
    config,
    port: Number(/:(\d+)$/.exec(portSchema.parse(parse(config)).metricsBindAddress)?.[1]),
    tools: { nft: /\bexec "\$nft"/.test(file('bin/nft')), others: path.includes('/usr/sbin') },
    cleanup: container?.command?.includes('--cleanup') ?? false,
  };
}

/** The container that counts what IPVS has on the node: a line again and again, until `signal` aborts. */
export async function countIpvs(
  kernel: NodeKernel,
  log: ContainerLog,
  { everyMs, signal }: { everyMs: number; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    const present = kernel.ipvsInterface ? 'yes' : 'no';
    log.write(`tcp=${kernel.ipvsConnections} udp=0 servers=${kernel.virtualServers ? 4 : 0} interface=${present}`);
    await delay(everyMs, undefined, { signal });
  }
}
