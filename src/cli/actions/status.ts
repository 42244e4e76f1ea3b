import { exitCodeOf } from '../../model/outcome.ts';
import { colorsFor } from '../colors.ts';
import { outcomeLine, progressLines, stuckLines } from '../render/progress.ts';
import type { StatusOptions } from '../status.ts';
import { connectTemporal } from '../temporal/connect.ts';
import { Run } from '../temporal/run.ts';
import { uiLink } from '../temporal/ui-link.ts';
import { watchRun } from '../watch.ts';
import { interruptible, printJson } from './output.ts';

/** `proxyshift status`. Returns the exit code: with `--watch` that of the outcome, else 0. */
export async function status(cluster: string, options: StatusOptions): Promise<number> {
  await using temporal = await connectTemporal(options);
  const latest = new Run(temporal, cluster, options.runId);
  const { runId, open } = await latest.describe();
  // The run that is looked at now, also where another one begins meanwhile.
  const run = new Run(temporal, cluster, runId);
  const json = options.output === 'json';

  if (options.watch) {
    const stream = json ? process.stderr : process.stdout;
    return await interruptible(async (signal) => {
      const { exitCode } = await watchRun({ run, stream, signal });
      if (json) printJson({ ...(await run.progress()), runId });
      return exitCode;
    });
  }
  // A run that failed has no report to show; its failure is the answer.
  if (!open) await run.result();
  const progress = await run.progress();
  if (json) {
    printJson({ ...progress, runId });
    return 0;
  }
  const colors = colorsFor(process.stdout);
  const ui = uiLink({ ...temporal, workflowId: run.workflowId, runId });
  const lines = [
    ...progressLines(progress, { colors, now: Date.now() }),
    ...(progress.outcome ? [outcomeLine(run.cluster, progress.outcome, colors)] : []),
    ...(progress.phase === 'rollback-stuck' ? stuckLines(progress, colors) : []),
    ...(progress.phase === 'approval'
      ? [`Read the plan: proxyshift plan ${cluster}    approve it: proxyshift approve ${cluster}`]
      : []),
    ...(ui ? [colors.dim(ui)] : []),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return progress.phase === 'rollback-stuck' ? exitCodeOf('rollback-stuck') : 0;
}
