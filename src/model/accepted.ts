import { z } from 'zod';
import { quote } from './quote.ts';

/**
 * What a schema accepts, for a person: `expected "named" or "signed"`. An error map for zod's `safeParse`: a schema that
 * says more about itself (`z.string().regex(pattern, 'expected …')`) is left its own words.
 */
export const accepted: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${typeInWords(issue)}`;
    case 'invalid_value':
      return `expected ${oneOf(issue.values.map(quote))}`;
    case 'too_small':
      return `expected at least ${amount(issue.origin, issue.minimum)}`;
    case 'too_big':
      return `expected at most ${amount(issue.origin, issue.maximum)}`;
    case 'unrecognized_keys':
      return `expected ${fieldsOf(issue.inst).join(', ') || 'none'}`;
    case 'invalid_key':
      return issue.issues[0]?.message;
    case 'invalid_union':
      return unionInWords(issue.errors);
    default:
      return undefined;
  }
};

const typeNames: Record<string, string> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  record: 'an object',
  string: 'a string',
};

function typeInWords({ expected, inst }: { expected: string; inst?: unknown }): string {
  if (inst instanceof z.ZodObject) {
    const required = fieldsOf(inst).filter((name) => !z.safeParse(inst.shape[name], undefined).success);
    return required.length > 0 ? `an object with ${required.join(', ')}` : 'an object';
  }
  return typeNames[inst instanceof z.ZodNumberFormat ? 'int' : expected] ?? expected;
}

function fieldsOf(schema: unknown): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** `"a", "b" or "c"`. */
function oneOf(words: readonly string[]): string {
  const last = words.at(-1) ?? 'nothing';
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${last}` : last;
}

const units: Record<string, string> = { array: 'item', string: 'character' };

function amount(origin: string, limit: number | bigint): string {
  const unit = units[origin];
  return unit === undefined ? `${limit}` : `${limit} ${unit}${limit === 1 ? '' : 's'}`;
}

/** `expected a whole number or a string`. */
function unionInWords(errors: readonly (readonly { message: string }[])[]): string | undefined {
  const words = new Set(errors.flat().map(({ message }) => message.replace(/^expected /, '')));
  return words.size > 0 ? `expected ${oneOf([...words])}` : undefined;
}
