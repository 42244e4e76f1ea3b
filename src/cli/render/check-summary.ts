import type { CheckDocument } from '../../model/check-document.ts';
import type { Sign } from './signs.ts';

/** The sign of the whole: notes are nothing to worry about. */
export function worstOf({ counts }: CheckDocument): Sign {
  if (counts.blocker > 0) return 'blocker';
  if (counts.unknown > 0) return 'unknown';
  return counts.warning > 0 ? 'warning' : 'ok';
}

/** What was not looked at, and why: a person who reads `√` has to know. */
export function remarks({ counts, source, sampled, ignoredChecks }: CheckDocument): string[] {
  const skipped = `${counts.skipped} ${counts.skipped === 1 ? 'check needs' : 'checks need'} the cluster itself`;
  return [
    ...(sampled
      ? [`kube-proxy and Felix were asked on ${sampled.nodes} of ${sampled.of} nodes; all of them: --all-nodes`]
      : []),
    ...(source === 'export' && counts.skipped > 0 ? [`${skipped}: not made on an export.`] : []),
    ...(ignoredChecks.length > 0 ? [`Ignored, as --ignore-checks says: ${ignoredChecks.join(', ')}.`] : []),
  ];
}
