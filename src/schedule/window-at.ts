import { describeFreeze, type Freeze, type MaintenanceWindow, type WindowState } from '../model/maintenance.ts';
import { dayAfter, type Recurrence, recurrenceOf, startOfDay } from './cron.ts';

/** So far ahead it is looked for the end of windows that follow each other without a gap (ms). */
const LOOK_AHEAD_MS = 86_400_000;

/**
 * Whether a wave may start at an instant: within one of the windows, where there are any, and on no day of a freeze.
 * Windows may overlap, each other and themselves.
 *
 * @returns where it is open, until when: at least so long, since windows that go on for more than a day are not followed to
 * their end; where it is closed, when it opens next, unless it never does
 * @throws Error where a window or a freeze was not validated
 */
export function windowAt(windows: readonly MaintenanceWindow[], freezes: readonly Freeze[], now: Date): WindowState {
  const open = windows.map(recurringWindow);
  const frozen = freezes.map(frozenSpan);
  const at = now.getTime();
  const freeze = freezes.find((_, index) => frozen[index] && covers(frozen[index], at));
  const next = nextOpening(open, frozen, at);
  if (next !== at) {
    const why = freeze ? `frozen, ${describeFreeze(freeze)}` : 'outside of the maintenance windows';
    return { open: false, ...(next === undefined ? {} : { opensAt: iso(next) }), why };
  }
  const closes = Math.min(closing(open, at), ...frozen.map(({ from }) => from).filter((from) => from > at));
  return { open: true, ...(Number.isFinite(closes) ? { until: iso(closes) } : {}) };
}

/** From the first instant to the one that is not in it any more (ms since the epoch). */
interface Span {
  from: number;
  to: number;
}

interface RecurringWindow extends Recurrence {
  durationMs: number;
}

function recurringWindow({ start, timeZone, durationMs }: MaintenanceWindow): RecurringWindow {
  return { ...recurrenceOf(start, timeZone), durationMs };
}

/** A day past the end of the calendar has no beginning: such a freeze never ends. */
function frozenSpan({ from, to, timeZone }: Freeze): Span {
  const start = startOfDay(from, timeZone);
  if (start === undefined) throw new Error(`there is no ${from} in ${timeZone}`);
  return { from: start, to: startOfDay(dayAfter(to), timeZone) ?? Number.POSITIVE_INFINITY };
}

function covers({ from, to }: Span, at: number): boolean {
  return from <= at && at < to;
}

/** `at` itself, where it is open then. Each turn leaves a freeze behind, or comes to the start of a window. */
function nextOpening(windows: readonly RecurringWindow[], freezes: readonly Span[], at: number): number | undefined {
  let candidate = at;
  for (;;) {
    const freeze = freezes.find((span) => covers(span, candidate));
    if (freeze) {
      if (freeze.to === Number.POSITIVE_INFINITY) return undefined;
      candidate = freeze.to;
    } else if (windows.length === 0 || endOfOpen(windows, candidate) > candidate) {
      return candidate;
    } else {
      const starts = windows.flatMap((window) => window.after(candidate) ?? []);
      if (starts.length === 0) return undefined;
      candidate = Math.min(...starts);
    }
  }
}

/** When all windows that are open at an instant have closed, those that open in between not counted; the instant itself where none is. */
function endOfOpen(windows: readonly RecurringWindow[], at: number): number {
  // All times of a window are equally long: the one that began last ends last.
  const ends = windows.map((window) => (window.atOrBefore(at) ?? Number.NEGATIVE_INFINITY) + window.durationMs);
  return Math.max(at, ...ends);
}

function closing(windows: readonly RecurringWindow[], at: number): number {
  if (windows.length === 0) return Number.POSITIVE_INFINITY;
  let end = endOfOpen(windows, at);
  while (end < at + LOOK_AHEAD_MS) {
    const later = endOfOpen(windows, end);
    if (later === end) return end;
    end = later;
  }
  return end;
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
