import { rehearsalPeople } from '../src/cli/rehearse/clusters-yaml.ts';
import type { Temporal } from '../src/cli/temporal/connect.ts';
import { type FollowOptions, followRun } from '../src/cli/temporal/follow.ts';
import { Run } from '../src/cli/temporal/run.ts';
import { startRun } from '../src/cli/temporal/start-run.ts';

const quietly: Pick<FollowOptions, 'onProgress' | 'onTrouble'> = {
  onProgress: () => undefined,
  onTrouble: (error) => process.stderr.write(`${error.message}\n`),
};

/** Migrates a cluster of a bench. Returns how long it took from the approval to the end (ms). */
export async function migrate(
  temporal: Temporal,
  { name, taskQueue }: { name: string; taskQueue: string },
): Promise<number> {
  const { requester, approver } = rehearsalPeople;
  const { runId } = await startRun(temporal, { cluster: name, requester, target: 'nftables' }, taskQueue);
  const run = new Run(temporal, name, runId);
  const offered = await followRun(run, {
    ...quietly,
    until: ({ phase, planHash }) => phase === 'approval' && planHash !== undefined,
  });
  if (offered.ended || offered.progress.planHash === undefined) throw new Error(`the run of ${name} offered no plan`);
  const started = performance.now();
  await run.send('approve', { approver, planHash: offered.progress.planHash });
  const end = await followRun(run, quietly);
  const outcome = end.ended ? end.report.outcome : 'rollback-stuck';
  if (outcome !== 'migrated') throw new Error(`the run of ${name} ended ${outcome}`);
  return performance.now() - started;
}
