import { expect, it } from 'vitest';
import { personSchema, samePerson } from '../../src/model/request.ts';

it.each([
  ['case', 'Ada@Example.com', 'ada@example.com'],
  ['spaces around', ' ada ', 'ada'],
  ['another kind of space', 'ada\u00a0lovelace', 'Ada  Lovelace'],
  ['how an accent is encoded', 'e\u0301ve', '\u00e9ve'],
  ['wide letters', '\uff41da', 'ada'],
])('a requester does not become another person by %s', (_, a, b) => {
  expect(samePerson(a, b)).toBe(true);
  expect(samePerson(a, 'grace')).toBe(false);
});

it.each(['ada\u200b', '\u202eada', 'a\u2028da', 'a\u0000da', 'ada\ud800', 'a\u00adda'])(
  'a name with what nobody can see is none: %j',
  (name) => {
    expect(personSchema.safeParse(name).error?.issues[0]?.message).toBe('expected a name without control characters');
  },
);
