import { listBoots } from '../cluster/boot-ids.ts';
import type { BootIds, NotRestarted } from '../model/ebpf-steps.ts';
import type { OnCluster } from '../model/steps.ts';
import type { StepContext } from './step-context.ts';

/** Boot IDs of these nodes now; nodes that are gone are left out. */
export async function readBootIds(
  { cluster }: StepContext,
  { nodes }: OnCluster & { nodes: string[] },
): Promise<BootIds> {
  const wanted = new Set(nodes);
  const boots = (await listBoots(cluster)).filter(({ node }) => wanted.has(node));
  return Object.fromEntries(boots.map(({ node, bootId }) => [node, bootId]));
}

/** Which of these nodes still have the boot ID that they had, or are not back. Nodes that are gone hold nothing any more. */
export async function findNotRestarted(
  { cluster }: StepContext,
  { bootIds }: OnCluster & { bootIds: BootIds },
): Promise<NotRestarted[]> {
  const boots = await listBoots(cluster);
  return boots.flatMap(({ node, bootId, ready }): NotRestarted[] => {
    const before = bootIds[node];
    if (before === undefined) return [];
    if (bootId === before) return [{ node, why: `its boot ID is still ${bootId}` }];
    return ready ? [] : [{ node, why: 'it was restarted and is not Ready' }];
  });
}
