import type { Report } from './report.ts';

/** What a person said to a run, taken or refused. */
export interface Said {
  at: string;
  /** Absent where it was refused: the reason says who it was, as far as that is known. */
  by?: string;
  /** `approve (gate canary)`, `confirm restart-nodes-workers, left out`. */
  what: string;
  comment?: string;
  /** Type and fingerprint of the key. */
  signedWith?: string;
  /** Why it was refused. */
  refused?: string;
}

/** All that people said, in the order of time. */
export function saidTo({ messages, refused }: Pick<Report, 'messages' | 'refused'>): Said[] {
  const said: Said[] = [
    ...messages.map(({ at, by, message, gate, step, skipped, comment, signedWith }) => ({
      at,
      by,
      what: `${message}${gate ? ` (gate ${gate})` : ''}${step ? ` ${step}` : ''}${skipped ? ', left out' : ''}`,
      ...(comment ? { comment } : {}),
      ...(signedWith ? { signedWith } : {}),
    })),
    ...refused.map(({ at, message, reason }) => ({ at, what: message, refused: reason })),
  ];
  return said.sort((a, b) => a.at.localeCompare(b.at));
}

/** One line each, whatever a comment holds: it could look like what somebody else has said. */
export function saidLines(report: Pick<Report, 'messages' | 'refused'>): string[] {
  return saidTo(report).map(({ at, by, what, comment, signedWith, refused }) =>
    (refused === undefined
      ? `${at} ${by}: ${what}${comment ? ` (“${comment}”)` : ''}${signedWith ? `, signed with ${signedWith}` : ''}`
      : `${at} refused ${what}: ${refused}`
    ).replace(/\s+/g, ' '),
  );
}
