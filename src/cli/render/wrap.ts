import { Help } from 'commander';

/** What is read at a terminal of unknown width is held to this (columns). */
export const STANDARD_COLUMNS = 80;
/** Wider than this, lines are hard to read (columns). */
const WIDEST = 120;

// The wrapping of `--help`: at white space, colours count nothing, a word that is too long stays whole.
const help = new Help();

/** Lines of at most `columns`, each indented by so many spaces. */
export function wrap(text: string, indent: number, columns: number): string[] {
  const space = ' '.repeat(indent);
  return help
    .boxWrap(text, columns - indent)
    .split('\n')
    .map((line) => `${space}${line}`.trimEnd());
}

/** How wide text may be on a stream (columns): that of the terminal within reason, else 80. */
export function columnsOf({ columns }: { columns?: number }): number {
  return Math.min(columns ?? STANDARD_COLUMNS, WIDEST);
}
