import { Cron } from 'croner';

/** What stands in the fields of a window's start. Croner also knows `?`, the time at which it reads it: no plan could hold that. */
const fivePlainFields = /^[\w*,/#-]+( +[\w*,/#-]+){4}$/;

/** When something recurs, by the clocks of a time zone. */
export interface Recurrence {
  /** The last time at or before an instant; undefined where there is none. */
  atOrBefore(instant: number): number | undefined;
  /** The first time after an instant; undefined where there is none. */
  after(instant: number): number | undefined;
}

/**
 * Reads a cron expression of five fields. Days of the month and of the week are joined as cron always did: where both are
 * given, either is enough. A time that a change of the clocks skips comes right after it; one that comes twice counts once
 * (https://croner.56k.guru/usage/pattern/).
 *
 * Instants are ms since the epoch.
 * @throws Error that says what is wrong with the expression
 */
export function recurrenceOf(expression: string, timeZone: string): Recurrence {
  if (!fivePlainFields.test(expression))
    throw new Error('it has not got five fields of digits, names, *, -, "," and /');
  const cron = new Cron(expression, { timezone: timeZone, mode: '5-part' });
  return {
    // Croner looks before its reference, and takes a run of the same second for one before it if the reference is later.
    atOrBefore: (instant) => cron.previousRuns(1, new Date(instant + 1))[0]?.getTime(),
    after: (instant) => cron.nextRun(new Date(instant))?.getTime(),
  };
}

/**
 * When a day begins in a time zone (ms since the epoch): mostly midnight, and later where the clocks skip midnight.
 * @param day `2026-12-20`
 * @returns undefined for a day that the zone does not have, and for years that are not from 1 to 9999
 */
export function startOfDay(day: string, timeZone: string): number | undefined {
  const [year, month, date] = day.split('-').map(Number);
  if (year === undefined || year < 1 || year > 9999) return undefined;
  const cron = new Cron(`0 0 0 ${date} ${month} * ${year}`, { timezone: timeZone, mode: '7-part' });
  return cron.nextRun(new Date(Date.parse(day) - TWO_DAYS_MS))?.getTime();
}

/** No zone is further from UTC than a day; two are on the safe side. */
const TWO_DAYS_MS = 2 * 86_400_000;

/** The day after, by the calendar: `2026-12-31` gives `2027-01-01`. */
export function dayAfter(day: string): string {
  const next = new Date(Date.parse(day) + 86_400_000);
  return `${next.getUTCFullYear()}-${twoDigits(next.getUTCMonth() + 1)}-${twoDigits(next.getUTCDate())}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}

/** Whether a time zone is known here: an IANA name, in any spelling of its letters. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Za-z]/.test(name);
  } catch {
    return false; // RangeError: that is the answer.
  }
}
