import { describePath, type PathVerdict, type ProbePath } from '../../model/probe.ts';
import { readableGap } from '../../model/readable.ts';
import type { Answered } from '../../probe/tally.ts';
import type { Colors } from '../colors.ts';
import { table } from './table.ts';

/** Says when an outage of a path begins and when it is over, and each time a held connection is lost. */
export function outageTeller(path: ProbePath, colors: Colors, say: (line: string) => void) {
  const name = describePath(path);
  let since: number | undefined;
  const at = (instant: number) => new Date(instant).toISOString().slice(11, 23);
  return {
    onAnswer: ({ answer, error }: Answered, dueAt: number) => {
      if (answer === 'failed' && since === undefined) {
        since = dueAt;
        say(`${at(dueAt)} ${colors.red('away')} ${name} (${error})`);
      } else if (answer === 'ok' && since !== undefined) {
        say(`${at(dueAt)} ${colors.green('back')} ${name} after ${readableGap(dueAt - since)}`);
        since = undefined;
      }
    },
    onLost: (error: string) => say(`${at(Date.now())} ${colors.red('lost')} ${name}: its connection (${error})`),
  };
}

/** What was lost on each path, as a table. */
export function verdictLines(verdicts: readonly PathVerdict[], colors: Colors): string[] {
  const rows = verdicts.map((verdict) => {
    const { path, samples, lost, errors } = verdict;
    const { ok, failed, unknown } = samples;
    return [
      path,
      String(ok + failed + unknown),
      failed > 0 ? colors.red(String(failed)) : '0',
      unknown > 0 ? colors.yellow(String(unknown)) : '0',
      gapOf(verdict),
      path.startsWith('held:') ? String(lost) : '–',
      Object.entries(errors)
        .map(([error, count]) => `${error} × ${count}`)
        .join(', '),
    ];
  });
  return table(['PATH', 'ATTEMPTS', 'FAILED', 'UNKNOWN', 'LONGEST GAP', 'LOST', 'WHY'], rows);
}

/** Never less than what can be seen: `under 100 ms`, `1.2 s (at most 1.3 s)`. */
function gapOf({ longestGapMs, longestGapAtMostMs, samples }: PathVerdict): string {
  if (samples.ok === 0 && samples.failed === 0) return 'not known';
  if (longestGapMs === 0) return `under ${readableGap(longestGapAtMostMs)}`;
  return `${readableGap(longestGapMs)} (at most ${readableGap(longestGapAtMostMs)})`;
}
