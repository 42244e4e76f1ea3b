import pc from 'picocolors';

export type Colors = ReturnType<typeof pc.createColors>;

/** Where text goes to: what decides about colours and about writing in place. */
export interface TextStream {
  write(text: string): unknown;
  isTTY?: boolean;
}

/**
 * Colours for one stream: `NO_COLOR` turns them off (https://no-color.org), `FORCE_COLOR` on, else a terminal has them.
 * picocolors decides for standard output only, and progress goes to standard error.
 */
export function colorsFor(stream: { isTTY?: boolean }, environment: NodeJS.ProcessEnv = process.env): Colors {
  if (environment.NO_COLOR) return pc.createColors(false);
  if (environment.FORCE_COLOR) return pc.createColors(environment.FORCE_COLOR !== '0');
  return pc.createColors(stream.isTTY === true && environment.TERM !== 'dumb');
}
