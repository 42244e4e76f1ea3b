import { expect, it } from 'vitest';
import { parseQuantity } from '../../src/cluster/quantity.ts';

it.each([
  ['0', 0],
  ['110', 110],
  ['250m', 0.25],
  ['1.5', 1.5],
  ['.5', 0.5],
  ['5.', 5],
  ['1Ki', 1024],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['32870164Ki', 32870164 * 1024],
  ['100k', 100_000],
  ['1e3', 1_000],
  ['12E2', 1_200],
  ['1E', 1e18],
  ['100n', 1e-7],
])('quantity %s is %d', (text, value) => {
  expect(parseQuantity(text)).toBeCloseTo(value, 10);
});

it.each(['', 'm', '1 Gi', '1gi', 'ten', '1e', '1.2.3'])('"%s" is no quantity, and is quoted', (text) => {
  expect(() => parseQuantity(text)).toThrow(`not a quantity: "${text}"`);
});
