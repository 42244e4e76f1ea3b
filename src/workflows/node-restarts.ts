import { type RestartGroup, restartStepOf } from '../model/ebpf-plan.ts';
import type { BootIds, NotRestarted } from '../model/ebpf-steps.ts';
import type { Plan } from '../model/plan.ts';
import { someOf } from '../model/some-of.ts';
import { byHandUntilDone } from './by-hand-until-done.ts';
import { verifyEveryNode } from './kube-proxy.ts';
import type { Run } from './run.ts';
import { step } from './step-options.ts';

/** A sentence names so many nodes; the step itself has them all. */
const MOST_NAMES = 6;

/**
 * Has people restart the nodes that have still something of IPVS in their kernel, group by group. A confirmation is checked:
 * each node has another boot ID than it had when kube-proxy had left ipvs on all of them.
 */
export async function restartNodes(run: Run, plan: Plan): Promise<void> {
  const restarts = plan.ebpf?.restarts ?? [];
  if (restarts.length === 0) return;
  const { cluster, journal } = run;
  journal.enter('node-restarts');
  await run.checkpoint();
  // What is restarted before kube-proxy has left ipvs everywhere comes up with it again.
  await verifyEveryNode(run, plan, {
    what: 'Verify kube-proxy on every node, before the restarts',
    evidence: false,
  });
  const nodes = restarts.flatMap((group) => group.nodes);
  const read = 'Read the boot ID of every node that is to be restarted';
  const bootIds = await journal.step(read, () => step({ summary: read }).readBootIds({ cluster, nodes }));
  for (const group of restarts) await restartGroup(run, group, bootIds);
  await verifyEveryNode(run, plan, { what: 'Verify kube-proxy on every node, after the restarts' });
}

async function restartGroup(run: Run, group: RestartGroup, bootIds: BootIds): Promise<void> {
  const { cluster, journal } = run;
  const before = Object.fromEntries(
    group.nodes.flatMap((node): [string, string][] => {
      const bootId = bootIds[node];
      return bootId === undefined ? [] : [[node, bootId]];
    }),
  );
  const look = `Look whether the nodes of group ${group.name} were restarted`;
  const notRestarted = () =>
    journal.step(look, () => step({ summary: look }).findNotRestarted({ cluster, bootIds: before }));
  const key = restartStepOf(group);
  const what = `restart ${named(group.nodes)} (group ${group.name}), one node after the other: kubectl drain NODE --ignore-daemonsets --delete-emptydir-data, reboot it, kubectl uncordon NODE`;
  const done = await byHandUntilDone(run, { key, what, nodes: group.nodes }, async () => {
    const left = await notRestarted();
    return left.length === 0 ? undefined : { why: describe(left), nodes: left.map(({ node }) => node) };
  });
  if (done) return;
  const left = await notRestarted();
  if (left.length > 0) journal.remarks.push(riskOf(group, left));
}

/** What is known to happen to a node that keeps what IPVS left on it. */
function riskOf({ name }: RestartGroup, left: readonly NotRestarted[]): string {
  const nodes = someOf(
    left.map(({ node }) => node),
    MOST_NAMES,
  ).join(', ');
  return `Risk: of group ${name} these were not restarted, and kube-ipvs0 and the virtual servers of IPVS may still be there: ${nodes}. In eBPF mode such nodes have lost connections, SSH too (calico#12476), and Felix restarts again and again (calico#8929).`;
}

function describe(left: readonly NotRestarted[]): string {
  return someOf(
    left.map(({ node, why }) => `${node}: ${why}`),
    MOST_NAMES,
  ).join('; ');
}

function named(nodes: readonly string[]): string {
  return someOf(nodes, MOST_NAMES).join(', ');
}
