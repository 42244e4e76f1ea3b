import type { Document, YAMLError } from 'yaml';
import { Failure, type FailureDetails } from '../model/failure.ts';
import { quote } from '../model/quote.ts';

/**
 * What is wrong with a YAML text, as the end of a sentence, without its place. Of yaml's own messages only the first line
 * is taken: the others quote the text around the fault.
 */
export function describeFault({ code, message, pos: [offset] }: YAMLError, text: string): string {
  if (code === 'MULTIPLE_DOCS') return 'it has more than one document ("---"), and one is expected';
  if (code === 'DUPLICATE_KEY') {
    const [, inQuotes, plain] = /^(?:["']([^"'\n]*)|([^\s:,{}[\]]*))/.exec(text.slice(offset)) ?? [];
    return `the key ${quote(inQuotes ?? plain)} is there twice in one mapping, and once is expected`;
  }
  return (message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:?$/, '');
}

export interface PlainDataOptions {
  /** What was read, as a sentence begins: `config.conf`. */
  what: string;
  /** Whether aliases may repeat values. Default: yes, within the limit of yaml against texts that grow without end. */
  aliases?: boolean;
  details?: FailureDetails;
}

/**
 * The content of a document. An alias without an anchor, or aliases that make too much of it, are only found here.
 * @throws Failure `Invalid`
 */
export function plainData(document: Document, { what, aliases = true, details = {} }: PlainDataOptions): unknown {
  try {
    return document.toJS(aliases ? {} : { maxAliasCount: 0 });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Failure('Invalid', `${what} is not valid YAML: ${inWords(message)}`, details, { cause: error });
  }
}

function inWords(message: string): string {
  const [, name] = /^Unresolved alias .*: (.+)$/.exec(message) ?? [];
  if (name !== undefined) return `the alias ${quote(`*${name}`)} has no anchor before it`;
  if (message.startsWith('Alias resolution is disabled')) return 'it has aliases ("*name"), which are not read here';
  if (message.startsWith('Excessive alias count')) return 'its aliases ("*name") repeat too much; write the values out';
  return message;
}
