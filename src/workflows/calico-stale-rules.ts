import type { CalicoPlan, Plan } from '../model/plan.ts';
import { byHand } from './by-hand.ts';
import type { Run } from './run.ts';

/**
 * Felix before 3.31 leaves the rules of the other mode where they are (projectcalico/calico#10530): fail-closed `cali-*`
 * chains that can drop the traffic of new pods. They are on the node, where only a person can get.
 */
export async function removeStaleRules(run: Run, { nodes }: Pick<Plan, 'nodes'>, calico: CalicoPlan): Promise<void> {
  const pinned = new Set(calico.pinnedNodes);
  await byHand(run, {
    key: 'flush-stale-rules',
    what: `Calico ${calico.version} has left its iptables rules on every node: reboot each node, one at a time, or flush its chains cali-* of iptables and ip6tables`,
    nodes: nodes.flatMap(({ names }) => names).filter((name) => !pinned.has(name)),
  });
}

/** The same on the way back: its nftables tables stay. */
export function tellStaleTables({ journal }: Run, { version }: CalicoPlan): void {
  const remark = `Calico ${version} leaves its nftables tables on each node whose Felix had switched; reboot it, or run there: nft delete table ip calico; nft delete table ip6 calico`;
  if (!journal.remarks.includes(remark)) journal.remarks.push(remark);
}
