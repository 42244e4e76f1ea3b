import { once } from 'node:events';
import { expect, it } from 'vitest';
import { Standing } from '../../src/cluster/standing.ts';

it('what has been so for long enough is known, also where it is told again meanwhile', async () => {
  using standing = new Standing(20);
  standing.is(true);
  standing.is(true);
  expect(standing.signal.aborted).toBe(false);
  await once(standing.signal, 'abort');
});

it('a break starts it over', async () => {
  const holdMs = 60;
  using broken = new Standing(holdMs);
  using shorter = new Standing(holdMs);
  broken.is(true);
  broken.is(false);
  shorter.is(true);
  await once(shorter.signal, 'abort');
  expect(broken.signal.aborted).toBe(false);
  broken.is(true);
  await once(broken.signal, 'abort');
});

it('once is enough where it does not have to stand', () => {
  using standing = new Standing(0);
  standing.is(false);
  expect(standing.signal.aborted).toBe(false);
  standing.is(true);
  expect(standing.signal.aborted).toBe(true);
});
