import type { CheckVerdict } from '../../model/check-result.ts';
import type { Finding } from '../../model/finding.ts';
import type { Colors } from '../colors.ts';

/** How what came of something is shown. */
export type Sign = CheckVerdict;

/** linkerd's signs, which the fonts of all terminals have; two letters each where only ASCII may be written. */
const unicode: Record<Sign, string> = { ok: '√', note: '·', warning: '‼', blocker: '×', unknown: '?', skipped: '-' };
const ascii: Record<Sign, string> = {
  ok: 'ok',
  note: '..',
  warning: '!!',
  blocker: 'xx',
  unknown: '??',
  skipped: '--',
};

export interface SignOptions {
  colors: Colors;
  ascii?: boolean;
}

export function signOf(sign: Sign, { colors, ascii: plain = false }: SignOptions): string {
  return colorOfSign(sign, colors)((plain ? ascii : unicode)[sign]);
}

export function colorOfSign(sign: Sign, colors: Colors): (text: string) => string {
  return {
    ok: colors.green,
    note: colors.blue,
    warning: colors.yellow,
    blocker: colors.red,
    unknown: colors.magenta,
    skipped: colors.dim,
  }[sign];
}

/** A finding's own sign: what could not be read is a blocker, and nothing that is known to be wrong. */
export function signOfFinding({ severity, unknown }: Pick<Finding, 'severity' | 'unknown'>): Sign {
  return severity === 'blocker' && unknown ? 'unknown' : severity;
}

/**
 * Whether a terminal cannot be trusted with more than ASCII: its locale is set, and is not a UTF-8 one. The variables count
 * in the order of POSIX (locale(7)); where none is set, as in containers, UTF-8 is what terminals show today.
 */
export function isAsciiOnly({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv = process.env): boolean {
  const locale = LC_ALL || LC_CTYPE || LANG;
  return locale !== undefined && locale !== '' && !/utf-?8/i.test(locale);
}

const asciiOf: Record<string, string> = {
  '→': '->',
  '…': '...',
  '–': '-',
  '—': '-',
  '≥': '>=',
  '≤': '<=',
  '·': '-',
  '×': 'x',
  '“': '"',
  '”': '"',
  '‘': "'",
  '’': "'",
};

/** Text in ASCII: what has a spelling in it is spelled, anything else is `?`. */
export function toAscii(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: everything from NUL to DEL is ASCII, colours included.
  return text.replace(/[^\x00-\x7f]/gu, (sign) => asciiOf[sign] ?? '?');
}
