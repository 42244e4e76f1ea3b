import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Freeze, MaintenanceWindow } from '../../src/model/maintenance.ts';
import { windowAt } from '../../src/schedule/window-at.ts';

const HOUR = 3_600_000;
const nights: MaintenanceWindow = { start: '0 22 * * 1-5', durationMs: 6 * HOUR, timeZone: 'Europe/Berlin' };
const yearEnd: Freeze = { from: '2026-12-20', to: '2027-01-06', timeZone: 'Europe/Berlin', why: 'year end' };
const at = (windows: MaintenanceWindow[], freezes: Freeze[], now: string) => windowAt(windows, freezes, new Date(now));
const open = (until?: string) => ({ open: true, ...(until ? { until } : {}) });
const closed = (opensAt?: string) => expect.objectContaining({ open: false, ...(opensAt ? { opensAt } : {}) });

describe('a wave may start', () => {
  it('at any time where there is neither a window nor a freeze', () => {
    expect(at([], [], '2026-11-25T12:00:00Z')).toEqual(open());
  });

  it.each([
    ['the moment before it opens', '2026-11-25T20:59:59.999Z', closed('2026-11-25T21:00:00.000Z')],
    ['the moment it opens', '2026-11-25T21:00:00.000Z', open('2026-11-26T03:00:00.000Z')],
    ['half a second later', '2026-11-25T21:00:00.500Z', open('2026-11-26T03:00:00.000Z')],
    ['after midnight', '2026-11-26T00:30:00.000Z', open('2026-11-26T03:00:00.000Z')],
    ['its last moment', '2026-11-26T02:59:59.999Z', open('2026-11-26T03:00:00.000Z')],
    ['the moment it closes', '2026-11-26T03:00:00.000Z', closed('2026-11-26T21:00:00.000Z')],
    ['Saturday, in the window of Friday', '2026-11-28T02:00:00.000Z', open('2026-11-28T03:00:00.000Z')],
    ['Saturday evening: Monday is next', '2026-11-28T21:30:00.000Z', closed('2026-11-30T21:00:00.000Z')],
  ])('in a window over midnight: %s', (_, now, expected) => {
    expect(at([nights], [], now)).toEqual(expected);
  });

  it.each([
    // Clocks in Berlin go from 2:00 to 3:00 on 2026-03-29, and from 3:00 to 2:00 on 2026-10-25; both are Sundays.
    ['spring: six hours from 22:00 end at 5:00', '2026-03-28T21:00:00.000Z', '2026-03-29T03:00:00.000Z'],
    ['autumn: six hours from 22:00 end at 3:00', '2026-10-24T20:00:00.000Z', '2026-10-25T02:00:00.000Z'],
  ])('in a window over midnight and a change of the clocks: %s', (_, opens, closes) => {
    const daily = { ...nights, start: '0 22 * * *' };
    const before = new Date(Date.parse(opens) - 1);
    expect(windowAt([daily], [], before)).toEqual(closed(opens));
    expect(at([daily], [], opens)).toEqual(open(closes));
    expect(windowAt([daily], [], new Date(Date.parse(closes) - 1))).toEqual(open(closes));
    expect(at([daily], [], closes)).toEqual(closed());
  });

  it('in a window whose start the clocks skip, right after that, and once where it comes twice', () => {
    const early = { start: '30 2 * * *', durationMs: HOUR / 2, timeZone: 'Europe/Berlin' };
    expect(at([early], [], '2026-03-29T00:00:00Z')).toEqual(closed('2026-03-29T01:00:00.000Z'));
    expect(at([early], [], '2026-10-25T00:30:00Z')).toEqual(open('2026-10-25T01:00:00.000Z'));
    expect(at([early], [], '2026-10-25T01:30:00Z'), 'the second 2:30').toEqual(closed('2026-10-26T01:30:00.000Z'));
  });

  it('in windows that overlap or follow each other, until the last of them closes', () => {
    const utc = (start: string, hours: number) => ({ start, durationMs: hours * HOUR, timeZone: 'UTC' });
    const three = [utc('0 20 * * *', 3), utc('0 22 * * *', 4), utc('0 2 * * *', 1)];
    expect(at(three, [], '2026-11-25T20:30:00Z')).toEqual(open('2026-11-26T03:00:00.000Z'));
    expect(at([utc('0 * * * *', 2)], [], '2026-11-25T20:30:00Z'), 'every hour for two hours').toMatchObject({
      open: true,
    });
    const itself = [utc('0 20,21 * * *', 2)];
    expect(at(itself, [], '2026-11-25T20:30:00Z')).toEqual(open('2026-11-25T23:00:00.000Z'));
  });

  it('the clocks of its own zone count', () => {
    const tokyo = { ...nights, timeZone: 'Asia/Tokyo' };
    expect(at([tokyo], [], '2026-11-25T13:00:00Z')).toEqual(open('2026-11-25T19:00:00.000Z'));
    expect(at([nights], [], '2026-11-25T13:00:00Z')).toEqual(closed());
  });
});

describe('no wave starts in a freeze', () => {
  it.each([
    ['the last moment before', '2026-12-19T22:59:59.999Z', open('2026-12-19T23:00:00.000Z')],
    ['its first moment', '2026-12-19T23:00:00.000Z', closed('2027-01-06T23:00:00.000Z')],
    ['its last moment', '2027-01-06T22:59:59.999Z', closed('2027-01-06T23:00:00.000Z')],
    ['the first moment after', '2027-01-06T23:00:00.000Z', open()],
  ])('without windows: %s', (_, now, expected) => {
    expect(at([], [yearEnd], now)).toEqual(expected);
  });

  it('a window that a freeze cuts closes with its first day, and one that outlasts a freeze opens after its last', () => {
    // A Friday and a Wednesday.
    const freeze = { ...yearEnd, from: '2026-12-19', to: '2026-12-22' };
    expect(at([nights], [freeze], '2026-12-18T21:30:00Z')).toEqual(open('2026-12-18T23:00:00.000Z'));
    expect(at([nights], [freeze], '2026-12-18T23:30:00Z')).toEqual(closed('2026-12-22T23:00:00.000Z'));
    expect(at([nights], [freeze], '2026-12-22T23:00:00Z')).toEqual(open('2026-12-23T03:00:00.000Z'));
  });

  it('says which, and until when; freezes that follow each other count as one', () => {
    const more = { from: '2027-01-07', to: '2027-01-07', timeZone: 'Europe/Berlin' };
    expect(at([nights], [more, yearEnd], '2026-12-24T22:00:00Z')).toEqual({
      open: false,
      // The window of Thursday, the 7th, is still open when the freeze ends at midnight.
      opensAt: '2027-01-07T23:00:00.000Z',
      why: 'frozen, 2026-12-20 to 2027-01-06 (Europe/Berlin, year end)',
    });
  });

  it('a day begins after midnight where the clocks skip midnight', () => {
    const cairo = { from: '2026-04-23', to: '2026-04-23', timeZone: 'Africa/Cairo' };
    expect(at([], [cairo], '2026-04-23T21:59:59Z')).toEqual(closed('2026-04-23T22:00:00.000Z'));
  });

  it('one to the end of the calendar never opens', () => {
    const forEver = { ...yearEnd, to: '9999-12-31' };
    expect(at([nights], [forEver], '2026-12-24T22:00:00Z')).toEqual({ open: false, why: expect.any(String) });
  });
});

describe('whatever the windows are', () => {
  const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe');
  const field = (low: number, high: number) =>
    fc.oneof(fc.constant('*'), fc.integer({ min: low, max: high }).map(String));
  const window = fc.record({
    start: fc
      .tuple(fc.integer({ min: 0, max: 59 }), field(0, 23), field(1, 28), fc.constant('*'), field(0, 6))
      .map((fields) => fields.join(' ')),
    durationMs: fc.integer({ min: 1, max: 7 * 24 * 60 }).map((minutes) => minutes * 60_000),
    timeZone: zone,
  });
  const day = fc.integer({ min: 0, max: 1_000 }).map((days) => new Date(Date.UTC(2026, 0, 1 + days)));
  const freeze = fc.record({ from: day, length: fc.integer({ min: 0, max: 30 }), timeZone: zone }).map(
    ({ from, length, timeZone }): Freeze => ({
      from: from.toISOString().slice(0, 10),
      to: new Date(from.getTime() + length * 24 * HOUR).toISOString().slice(0, 10),
      timeZone,
    }),
  );
  const instant = fc.date({ min: new Date('2026-01-01'), max: new Date('2028-09-01'), noInvalidDate: true });
  const situation = fc.record({
    windows: fc.array(window, { maxLength: 3 }),
    freezes: fc.array(freeze, { maxLength: 3 }),
    now: instant,
  });

  it('it is open when it says that it opens, and not a moment before', () => {
    fc.assert(
      fc.property(situation, ({ windows, freezes, now }) => {
        const state = windowAt(windows, freezes, now);
        if (state.open || state.opensAt === undefined) return;
        const opens = Date.parse(state.opensAt);
        expect(opens).toBeGreaterThan(now.getTime());
        expect(windowAt(windows, freezes, new Date(opens)).open).toBe(true);
        expect(windowAt(windows, freezes, new Date(opens - 1)).open).toBe(false);
        const between = new Date(Math.floor((opens + now.getTime()) / 2));
        expect(windowAt(windows, freezes, between)).toEqual({ ...state, why: expect.any(String) });
      }),
      { numRuns: 300 },
    );
  });

  it('it stays open for as long as it says', () => {
    fc.assert(
      fc.property(situation, fc.double({ min: 0, max: 1, noNaN: true }), ({ windows, freezes, now }, part) => {
        const state = windowAt(windows, freezes, now);
        if (!state.open || state.until === undefined) return;
        const until = Date.parse(state.until);
        expect(until).toBeGreaterThan(now.getTime());
        const within = now.getTime() + Math.floor((until - 1 - now.getTime()) * part);
        expect(windowAt(windows, freezes, new Date(within)).open).toBe(true);
        // Looked at for a day; what goes on after that is told the next time.
        if (until < now.getTime() + 24 * HOUR) expect(windowAt(windows, freezes, new Date(until)).open).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('a freeze is each of its days by the calendar of its zone, and nothing else', () => {
    fc.assert(
      fc.property(freeze, instant, (frozen, now) => {
        const local = new Intl.DateTimeFormat('en-CA', { timeZone: frozen.timeZone, dateStyle: 'short' }).format(now);
        expect(windowAt([], [frozen], now).open).toBe(local < frozen.from || local > frozen.to);
      }),
      { numRuns: 500 },
    );
  });
});
