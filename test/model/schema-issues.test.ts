import { expect, it } from 'vitest';
import { z } from 'zod';
import { describeIssues, parseInput } from '../../src/model/schema-issues.ts';

const schema = z.strictObject({
  size: z.union([z.int(), z.boolean()]),
  colour: z.enum(['red', 'green', 'blue']),
  own: z.string().regex(/^x/, 'expected an x'),
});
const issuesOf = (written: unknown) => {
  const parsed = parseInput(schema, written, { whole: 'it' });
  return parsed.success ? [] : parsed.issues.split('; ');
};

it('tells what a schema accepts, and leaves it its own words where it has some', () => {
  expect(issuesOf({ size: 'x', colour: 'pink', own: 'y' })).toEqual([
    'size is "x": expected a whole number or true or false',
    'colour is "pink": expected "red", "green" or "blue"',
    'own is "y": expected an x',
  ]);
});

it('quotes what holds itself', () => {
  const circle: unknown[] = [];
  circle.push(circle, 1);
  expect(issuesOf({ size: 1, colour: circle, own: 'x' })).toEqual([
    'colour is […, 1]: expected "red", "green" or "blue"',
  ]);
});

it('is one line also where the values are not at hand, and shows none', () => {
  const { error } = schema.safeParse({ size: 1, colour: 's3cret', own: 5 });
  expect(error && describeIssues(error)).toBe(
    'colour: Invalid option: expected one of "red"|"green"|"blue"; own: Invalid input: expected string, received number',
  );
});
