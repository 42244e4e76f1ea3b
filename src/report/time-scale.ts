/** From one instant to another (ms since the epoch). */
export interface Interval {
  from: number;
  to: number;
}

/** A part of the time in which no node is handed over. */
export interface Stretch extends Interval {
  /** It is drawn shorter than it was. */
  shortened: boolean;
  /** Where it is drawn, in the unit of the scale. */
  start: number;
  end: number;
}

/** Where an instant is drawn. */
export interface TimeScale {
  /** From 0 to this. */
  length: number;
  /** Instants outside of the scale are at its ends. */
  at: (instant: number) => number;
  /** The instant that is drawn there (ms since the epoch). */
  instantAt: (place: number) => number;
  /** Where no node is handed over, in the order of time. */
  idle: Stretch[];
}

/** One wait takes at most so much of the time in which something is done. */
const MOST_OF_BUSY = 0.15;
/** A wait up to here is not drawn shorter (ms), unless many of them take more room than what is done. */
const SHORT = 30_000;

/**
 * A scale on which waits are no longer than what is done: an approval may take a weekend, and a wave takes seconds.
 *
 * @param busy when nodes were handed over; where that never was, the scale is even
 */
export function timeScale(whole: Interval, busy: readonly Interval[]): TimeScale {
  const pieces = piecesOf(whole, busy);
  const busyTime = sum(pieces.filter(({ isBusy }) => isBusy).map(lengthOf));
  const waits = pieces.filter(({ isBusy }) => !isBusy).map(lengthOf);
  const most = busyTime === 0 ? Number.POSITIVE_INFINITY : mostOf(waits, busyTime);
  let end = 0;
  const drawn = pieces.map((piece) => {
    const start = end;
    end += piece.isBusy ? lengthOf(piece) : Math.min(lengthOf(piece), most);
    return { ...piece, start, end, shortened: !piece.isBusy && lengthOf(piece) > most };
  });
  const length = Math.max(end, 1);
  return {
    length,
    at: (instant) => {
      const piece = drawn.find(({ to }) => instant <= to);
      if (piece === undefined) return length;
      return piece.start + share(instant - piece.from, lengthOf(piece)) * (piece.end - piece.start);
    },
    instantAt: (place) => {
      const piece = drawn.find((candidate) => place <= candidate.end) ?? drawn.at(-1);
      if (piece === undefined) return whole.from;
      return piece.from + share(place - piece.start, piece.end - piece.start) * lengthOf(piece);
    },
    idle: drawn
      .filter(({ isBusy }) => !isBusy)
      .map(({ from, to, start, end: until, shortened }) => ({ from, to, start, end: until, shortened })),
  };
}

/** How long the longest wait is drawn: many waits together take no more room than what is done. */
function mostOf(waits: readonly number[], busyTime: number): number {
  const most = Math.max(busyTime * MOST_OF_BUSY, SHORT);
  const together = sum(waits.map((wait) => Math.min(wait, most)));
  return together <= busyTime ? most : (most * busyTime) / together;
}

/** The whole time, cut where something begins or ends to be done. */
function piecesOf({ from, to }: Interval, busy: readonly Interval[]): (Interval & { isBusy: boolean })[] {
  const pieces: (Interval & { isBusy: boolean })[] = [];
  let done = from;
  const add = (until: number, isBusy: boolean) => {
    if (until <= done) return;
    const last = pieces.at(-1);
    if (last?.isBusy === isBusy) last.to = until;
    else pieces.push({ from: done, to: until, isBusy });
    done = until;
  };
  for (const { from: begins, to: ends } of [...busy].sort((a, b) => a.from - b.from)) {
    add(Math.min(begins, to), false);
    add(Math.min(ends, to), true);
  }
  add(to, false);
  return pieces;
}

function lengthOf({ from, to }: Interval): number {
  return to - from;
}

function share(part: number, whole: number): number {
  return whole <= 0 ? 0 : Math.min(1, Math.max(0, part / whole));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
