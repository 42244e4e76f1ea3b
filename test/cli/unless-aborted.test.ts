import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { unlessAborted } from '../../src/cli/unless-aborted.ts';

const never = new Promise<never>(() => undefined);

it('gives what the promise gives, and leaves no listener behind', async () => {
  const { signal } = new AbortController();
  expect(await unlessAborted(Promise.resolve(1), signal)).toBe(1);
  await expect(unlessAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

it('ends with the reason of the signal, though the promise never does', async () => {
  const controller = new AbortController();
  const waiting = unlessAborted(never, controller.signal);
  controller.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
});

it('ends at once where the signal was aborted before, and a promise that fails later is nobody’s', async () => {
  const late = Promise.withResolvers<never>();
  await expect(unlessAborted(late.promise, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  late.reject(new Error('later'));
  // A rejection that nobody handles is told by then, and would fail the file.
  await new Promise(setImmediate);
});
