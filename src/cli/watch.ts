import { exitCodeOf } from '../model/outcome.ts';
import type { Report } from '../model/report.ts';
import { type Colors, colorsFor } from './colors.ts';
import { renderFindings } from './render/findings.ts';
import { outcomeLine, progressOf, stuckLines } from './render/progress.ts';
import { progressView } from './render/progress-view.ts';
import { followRun } from './temporal/follow.ts';
import type { Run } from './temporal/run.ts';

export interface WatchOptions {
  run: Run;
  /** Where progress is shown. */
  stream: NodeJS.WriteStream;
  /** Ends the watch; the run goes on. */
  signal?: AbortSignal;
}

export interface Watched {
  /** Absent where a rollback is stuck and the run is still open. */
  report?: Report;
  exitCode: number;
}

/** Why a run did not begin: the findings, or the failure that came before the first write. */
function blockedLines({ findings, failure }: Report, colors: Colors): string[] {
  return [
    ...renderFindings(findings, colors),
    ...(failure ? ['', `  ${failure.message}`, `  ${failure.hint ?? ''}`] : []),
  ];
}

/** Follows a run on the terminal until it ends or a rollback waits for a person. */
export async function watchRun({ run, stream, signal }: WatchOptions): Promise<Watched> {
  const colors = colorsFor(stream);
  const view = progressView(stream);
  // What is drawn in place stays, before anything else is written.
  signal?.addEventListener('abort', () => view.end(), { once: true });
  try {
    const followed = await followRun(run, {
      onProgress: (progress) => view.show(progress),
      onTrouble: ({ message, details }) =>
        view.note(`${colors.yellow('‼')} ${message} ${details.hint ?? ''}`.trimEnd()),
      ...(signal ? { signal } : {}),
    });
    view.show(followed.ended ? progressOf(followed.report) : followed.progress);
    view.end();
    if (!followed.ended) {
      stream.write(`${stuckLines(followed.progress, colors).join('\n')}\n`);
      return { exitCode: exitCodeOf('rollback-stuck') };
    }
    const { report } = followed;
    if (report.outcome) stream.write(`${outcomeLine(report.cluster, report.outcome, colors)}\n`);
    if (report.outcome === 'blocked') stream.write(`${blockedLines(report, colors).join('\n')}\n`);
    return { report, exitCode: report.outcome ? exitCodeOf(report.outcome) : 0 };
  } finally {
    view.end();
  }
}
