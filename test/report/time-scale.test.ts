import { describe, expect, it } from 'vitest';
import { timeScale } from '../../src/report/time-scale.ts';

const hour = 3_600_000;

describe('a time scale', () => {
  it('is even where no node was handed over', () => {
    const scale = timeScale({ from: 1_000, to: 2_000 }, []);
    expect(scale.at(1_250)).toBe(250);
    expect(scale.instantAt(250)).toBe(1_250);
    expect(scale.length).toBe(1_000);
  });

  it('draws a night of waiting no longer than a part of what was done', () => {
    const scale = timeScale({ from: 0, to: 10 * hour + 200_000 }, [
      { from: 0, to: 100_000 },
      { from: 10 * hour + 100_000, to: 10 * hour + 200_000 },
    ]);
    expect(scale.length).toBe(230_000);
    expect(scale.idle).toEqual([
      { from: 100_000, to: 10 * hour + 100_000, start: 100_000, end: 130_000, shortened: true },
    ]);
    expect(scale.at(100_000 + 5 * hour)).toBe(115_000);
    expect(scale.instantAt(115_000)).toBe(100_000 + 5 * hour);
    expect(scale.instantAt(scale.length)).toBe(10 * hour + 200_000);
  });

  it('leaves half of the room at least to what was done, however many waits there were', () => {
    const busy = Array.from({ length: 50 }, (_, index) => ({ from: index * hour, to: index * hour + 10_000 }));
    const scale = timeScale({ from: 0, to: 50 * hour }, busy);
    expect(scale.length).toBeLessThanOrEqual(2 * 500_000 + 1);
  });

  it('takes waves that overlap, and what is outside of it', () => {
    const scale = timeScale({ from: 100, to: 200 }, [
      { from: 110, to: 150 },
      { from: 120, to: 130 },
      { from: 190, to: 500 },
    ]);
    expect([scale.at(0), scale.at(9_999)]).toEqual([0, scale.length]);
    expect(scale.idle.map(({ from, to }) => [from, to])).toEqual([
      [100, 110],
      [150, 190],
    ]);
  });

  it('stands a run that has only just begun', () => {
    const scale = timeScale({ from: 5, to: 5 }, []);
    expect([scale.length, scale.at(5), scale.instantAt(0)]).toEqual([1, 1, 5]);
  });
});
