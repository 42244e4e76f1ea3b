import { followRun } from '../../src/cli/temporal/follow.ts';
import { Run } from '../../src/cli/temporal/run.ts';
import { startRollback, startRun } from '../../src/cli/temporal/start-run.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { Report } from '../../src/model/report.ts';
import { APPROVER, CLUSTER, REQUESTER, type Stage } from './stage.ts';

/** `given-up`: forward, and rolled back while the first stand-by is in step and IPVS still serves. */
export type Direction = 'forward' | 'back' | 'given-up';

const wanted: Record<Direction, Outcome> = { forward: 'migrated', back: 'rolled-back', 'given-up': 'rolled-back' };

export interface PerformOptions {
  direction: Direction;
  ignoreChecks: readonly string[];
  /** Resolves when some stand-by is in step; asked for where the run is given up. */
  standbyInStep: () => Promise<void>;
  onProgress: (line: string) => void;
}

/** One whole run: its plan is approved, and it has to end as it should. @throws Error with its report where it does not */
export async function perform(stage: Stage, options: PerformOptions): Promise<Report> {
  const { direction, standbyInStep } = options;
  const run = await begin(stage, options);
  const plan = await follow(run, options, ({ phase, planHash }) => phase === 'approval' && planHash !== undefined);
  if (plan.ended) return ended(plan.report, direction);
  await run.send('approve', { approver: APPROVER, planHash: plan.progress.planHash ?? '' });
  if (direction === 'given-up') {
    await standbyInStep();
    await run.send('rollback', { by: APPROVER });
  }
  const end = await follow(run, options, ({ phase }) => phase === 'rollback-stuck');
  if (!end.ended) throw new Error(`the rollback is stuck: ${JSON.stringify(end.progress.steps.at(-1))}`);
  return ended(end.report, direction);
}

async function begin({ temporal, taskQueue }: Stage, { direction, ignoreChecks }: PerformOptions): Promise<Run> {
  const request = { cluster: CLUSTER, requester: REQUESTER };
  const ignored = ignoreChecks.length > 0 ? { ignoreChecks: [...ignoreChecks] } : {};
  const started =
    direction === 'back'
      ? await startRollback(temporal, request, taskQueue)
      : await startRun(temporal, { ...request, target: 'nftables', ...ignored }, taskQueue);
  return new Run(temporal, CLUSTER, started.runId);
}

function follow(
  run: Run,
  { onProgress }: PerformOptions,
  until: NonNullable<Parameters<typeof followRun>[1]['until']>,
): ReturnType<typeof followRun> {
  let last = '';
  return followRun(run, {
    onProgress: ({ waitingFor }) => {
      if (waitingFor === last) return;
      last = waitingFor;
      onProgress(`  ${waitingFor}`);
    },
    onTrouble: ({ message }) => onProgress(`  ! ${message}`),
    until,
  });
}

function ended(report: Report, direction: Direction): Report {
  if (report.outcome === wanted[direction]) return report;
  const why = JSON.stringify(report.failure ?? report.findings, null, 1);
  throw new Error(`the run ended ${report.outcome}: ${why}`);
}
