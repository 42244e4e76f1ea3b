import { z } from 'zod';
import type { Cluster } from './connect.ts';
import { mapObjects } from './objects.ts';

/** What tells whether a node was restarted, and whether it is back. */
export interface Boot {
  node: string;
  /** `status.nodeInfo.bootID`: of Linux another one after each restart (/proc/sys/kernel/random/boot_id). */
  bootId: string;
  ready: boolean;
}

const nodeSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  status: z.looseObject({
    conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).default([]),
    nodeInfo: z.looseObject({ bootID: z.string() }),
  }),
});

/** Of every node there is. @throws Failure */
export async function listBoots(cluster: Cluster): Promise<Boot[]> {
  return await mapObjects(cluster, { apiVersion: 'v1', plural: 'nodes' }, (object) => {
    const { metadata, status } = nodeSchema.parse(object);
    const ready = status.conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
    return { node: metadata.name, bootId: status.nodeInfo.bootID, ready };
  });
}
