import type { Chosen } from '../../checks/rollback/choose-snapshot.ts';
import { objectChange } from '../../checks/rollback/make-plan.ts';
import { describeLock, type HeldLock } from '../../cluster/lock.ts';
import { someOf } from '../../model/some-of.ts';
import { withoutControls } from '../../model/without-controls.ts';
import type { Colors } from '../colors.ts';
import { renderDiff } from './plan.ts';

export interface WayBackView {
  cluster: { name: string; uid: string };
  chosen: Chosen;
  lock: HeldLock | undefined;
  /** Nodes at once. */
  waveSize: number;
}

/** What a restore is going to do, before it does it. */
export function wayBackLines({ cluster, chosen, lock, waveSize }: WayBackView, colors: Colors): string[] {
  const { run, ref } = withoutControls(chosen.snapshot);
  const { objects } = chosen.differences;
  const { nodes, standbys } = withoutControls(chosen.differences);
  const fact = (name: string, value: string) => `  ${colors.dim(name.padEnd(11))} ${value}`;
  return [
    colors.bold(`Way back of ${cluster.name}`),
    '',
    fact('uid', `${cluster.uid} ${colors.dim('(of namespace kube-system)')}`),
    fact('snapshot', ref.name),
    fact('saved', `${run.savedAt}, before run ${run.runId}, asked for by ${run.requester}`),
    fact('lock', lock ? describeLock(withoutControls(lock)) : 'nobody holds it'),
    ...(objects.length > 0 ? ['', colors.bold('Objects that are put back')] : []),
    ...withoutControls(objects.map(objectChange)).flatMap(({ object, diff }) => [
      `  ${colors.bold(object)}`,
      ...renderDiff(diff, colors).map((line) => `    ${line}`),
    ]),
    ...(nodes.length > 0
      ? ['', colors.bold(`kube-proxy is restarted on ${nodes.length} nodes, one alone, then ${waveSize} at once`)]
      : []),
    ...someOf(
      nodes.map(({ node, mode, wanted }) => `${node} (${mode} → ${wanted})`),
      20,
    ).map((line) => `  ${line}`),
    ...(standbys.length > 0
      ? ['', colors.bold('Stand-bys are taken away from'), `  ${someOf(standbys, 20).join(', ')}`]
      : []),
  ];
}
