import { followRun } from '../../src/cli/temporal/follow.ts';
import { Run } from '../../src/cli/temporal/run.ts';
import { startRollback, startRun } from '../../src/cli/temporal/start-run.ts';
import type { Report } from '../../src/model/report.ts';
import { APPROVER, CLUSTER, REQUESTER, type Stage } from './stage.ts';

/** Codes of checks that say nothing about what is tried here, and find something on small clusters made for it. */
const IGNORED: string[] = [];

export interface PerformOptions {
  direction: 'forward' | 'back';
  ignoreChecks: readonly string[];
  onProgress: (line: string) => void;
}

/** One whole run: its plan is approved, and it has to end as it should. @throws Error with its report where it does not */
export async function perform({ temporal, taskQueue }: Stage, options: PerformOptions): Promise<Report> {
  const { direction, ignoreChecks, onProgress } = options;
  const ignored = [...IGNORED, ...ignoreChecks];
  const started =
    direction === 'forward'
      ? await startRun(
          temporal,
          {
            cluster: CLUSTER,
            requester: REQUESTER,
            target: 'nftables',
            ...(ignored.length > 0 ? { ignoreChecks: ignored } : {}),
          },
          taskQueue,
        )
      : await startRollback(temporal, { cluster: CLUSTER, requester: REQUESTER }, taskQueue);
  const run = new Run(temporal, CLUSTER, started.runId);
  let last = '';
  for (;;) {
    const followed = await followRun(run, {
      onProgress: ({ waitingFor }) => {
        if (waitingFor === last) return;
        last = waitingFor;
        onProgress(`  ${waitingFor}`);
      },
      onTrouble: ({ message }) => onProgress(`  ! ${message}`),
      until: ({ phase, planHash }) => (phase === 'approval' && planHash !== undefined) || phase === 'rollback-stuck',
    });
    if (followed.ended) {
      const { report } = followed;
      const wanted = direction === 'forward' ? 'migrated' : 'rolled-back';
      if (report.outcome !== wanted)
        throw new Error(
          `the run ended ${report.outcome}: ${JSON.stringify(report.failure ?? report.findings, null, 1)}`,
        );
      return report;
    }
    const { phase, planHash } = followed.progress;
    if (phase === 'rollback-stuck' || planHash === undefined)
      throw new Error(`the rollback is stuck: ${JSON.stringify(followed.progress.steps.at(-1))}`);
    await run.send('approve', { approver: APPROVER, planHash });
  }
}
