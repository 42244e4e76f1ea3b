import type { Finding } from './finding.ts';

/** What to do about a finding: a sentence, and what to paste into a terminal. */
export interface Advice {
  fix?: string;
  command?: string;
}

/**
 * The advice of a finding. A failure's hint ends in a command at times (`Look at it with: kubectl …`): it is a command then,
 * and not broken over lines.
 */
export function adviceOf({ fix, command }: Pick<Finding, 'fix' | 'command'>): Advice {
  const { text, told } = /^(?<text>[^`]*:) (?<told>(?:kubectl|proxyshift) [^`]+)$/.exec(fix ?? '')?.groups ?? {};
  if (command !== undefined || text === undefined || told === undefined) {
    return { ...(fix ? { fix } : {}), ...(command ? { command } : {}) };
  }
  return { fix: text, command: told };
}
