import { z } from 'zod';
import type { Cluster } from './connect.ts';

const groupListSchema = z.looseObject({
  groups: z.array(z.looseObject({ name: z.string(), versions: z.array(z.looseObject({ version: z.string() })) })),
});

/**
 * The API groups that the cluster serves, each with its versions, the preferred one first: those of installed CRDs too.
 * Every authenticated user may ask (ClusterRole system:discovery).
 */
export async function readApiGroups(cluster: Cluster): Promise<ReadonlyMap<string, readonly string[]>> {
  const { groups } = groupListSchema.parse(await cluster.transport.json({ method: 'GET', path: '/apis' }));
  return new Map(groups.map(({ name, versions }) => [name, versions.map(({ version }) => version)]));
}
