import { z } from 'zod';
import type { Freeze, MaintenanceWindow } from '../model/maintenance.ts';
import { isTimeZone, recurrenceOf, startOfDay } from '../schedule/cron.ts';
import { remark, timeSpan } from './clusters-file-fields.ts';

const aCron = 'expected a cron expression of five fields such as "0 22 * * 1-5"';
const aZone = 'expected a time zone such as "Europe/Berlin"';
const aDay = 'expected a day such as "2026-12-20"';
/** A list that nobody can read is a mistake, and the plan holds it. */
const MOST = 50;

const timeZoneSchema = z
  .string(aZone)
  .refine(isTimeZone, { error: aZone, abort: true })
  .default('UTC')
  .describe('IANA time zone. Default: UTC.');

const windowSchema = z
  .strictObject({
    start: z
      .string(aCron)
      .superRefine((text, context) => {
        const why = whyNoCron(text);
        if (why !== undefined) context.addIssue({ code: 'custom', message: `${aCron}; ${why}` });
      })
      .describe('When it opens: cron, five fields (minute, hour, day of the month, month, day of the week).'),
    duration: timeSpan(1, 7).describe('How long it stays open, at most a week; elapsed time, whatever the clocks do.'),
    timeZone: timeZoneSchema,
  })
  .transform(({ start, duration, timeZone }): MaintenanceWindow => ({ start, durationMs: duration, timeZone }));

/** What is no day is not compared with another one. */
const daySchema = z.iso.date({ error: aDay, abort: true });

const freezeSchema = z
  .strictObject({
    from: daySchema.describe('The first day.'),
    to: daySchema.describe('The last day, which still counts.'),
    timeZone: timeZoneSchema,
    why: remark('expected a reason, at most 200 characters on one line')
      .optional()
      .describe('Shown in the plan, and while a run waits.'),
  })
  .superRefine(({ from, to, timeZone }, context) => {
    const issue = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    if (from > to) issue('from', `expected a day that is not after to, which is "${to}"`);
    else if (startOfDay(from, timeZone) === undefined) issue('from', `expected a day that there is in ${timeZone}`);
  })
  .transform(({ why, ...freeze }): Freeze => ({ ...freeze, ...(why === undefined ? {} : { why }) }));

export const windowListSchema = z.array(windowSchema).max(MOST, `expected at most ${MOST} windows`).default([]);
export const freezeListSchema = z.array(freezeSchema).max(MOST, `expected at most ${MOST} freezes`).default([]);

/** Why it is none, as the end of a sentence. Croner's own words tell the field; it writes its own name before them. */
function whyNoCron(text: string): string | undefined {
  try {
    if (recurrenceOf(text, 'UTC').after(Date.now()) === undefined) return 'this one never comes';
    return undefined;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).replace(/^Cron\w+: /, '');
  }
}

/** What there is of both, for the entry of a cluster. */
export function toMaintenance(windows: MaintenanceWindow[], freeze: Freeze[]) {
  return { ...(windows.length > 0 ? { windows } : {}), ...(freeze.length > 0 ? { freeze } : {}) };
}
