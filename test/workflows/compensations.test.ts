import { describe, expect, it } from 'vitest';
import { Compensations, type StuckObserver, untilItHolds } from '../../src/workflows/compensations.ts';

// What happens between two attempts needs a workflow's timers: the rollback tests of test/e2e see it.

const quiet = () => {
  const told: string[] = [];
  const observer: StuckObserver = {
    stuck: (what) => told.push(what),
    held: () => told.push('held'),
    pause: async () => undefined,
  };
  return { told, observer };
};

describe('Compensations', () => {
  it('undoes the last step first, one at a time, or a node would be restarted before its ConfigMap is back', async () => {
    const done: string[] = [];
    const compensations = new Compensations();
    for (const what of ['lock', 'ConfigMap', 'nodes']) {
      compensations.add(what, async () => {
        done.push(`${what} begins`);
        await Promise.resolve();
        done.push(`${what} ends`);
      });
    }
    const { observer, told } = quiet();
    await compensations.unwind(observer);
    expect(done).toEqual([
      'nodes begins',
      'nodes ends',
      'ConfigMap begins',
      'ConfigMap ends',
      'lock begins',
      'lock ends',
    ]);
    expect(told).toEqual([]);
  });

  it('undoes nothing twice', async () => {
    let count = 0;
    const compensations = new Compensations();
    compensations.add('a', async () => {
      count += 1;
    });
    expect(compensations.size).toBe(1);
    await compensations.unwind(quiet().observer);
    await compensations.unwind(quiet().observer);
    expect(count).toBe(1);
    expect(compensations.size).toBe(0);
  });

  it('undoes also what is added while it unwinds', async () => {
    const done: string[] = [];
    const compensations = new Compensations();
    compensations.add('first', async () => {
      done.push('first');
    });
    compensations.add('second', async () => {
      compensations.add('third', async () => {
        done.push('third');
      });
      done.push('second');
    });
    await compensations.unwind(quiet().observer);
    expect(done).toEqual(['second', 'third', 'first']);
  });
});

it('an undo step that holds at once gives its result, and nobody is told that it is stuck', async () => {
  const { told, observer } = quiet();
  expect(await untilItHolds('verify', async () => 42, observer)).toBe(42);
  expect(told).toEqual([]);
});
