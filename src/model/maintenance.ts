import { z } from 'zod';
import { readable } from './readable.ts';

/** A time in which waves may start, again and again. */
export const maintenanceWindowSchema = z.object({
  /** When it opens: cron, five fields, by the clocks of `timeZone`. */
  start: z.string(),
  /** Elapsed time, not time by the clock: where clocks change within, it ends an hour earlier or later on them (ms). */
  durationMs: z.number().int().positive(),
  /** IANA name. */
  timeZone: z.string(),
});
export type MaintenanceWindow = z.infer<typeof maintenanceWindowSchema>;

/** Days on which no wave starts. */
export const freezeSchema = z.object({
  /** First day, `2026-12-20`, from its beginning in `timeZone`. */
  from: z.string(),
  /** Last day, to its end. */
  to: z.string(),
  timeZone: z.string(),
  why: z.string().optional(),
});
export type Freeze = z.infer<typeof freezeSchema>;

/** Whether a wave may start at a time. */
export const windowStateSchema = z.discriminatedUnion('open', [
  /** `until` (ISO 8601): open at least until then; absent where nothing ever closes it. */
  z.object({ open: z.literal(true), until: z.string().optional() }),
  /** `opensAt` (ISO 8601) is absent where it never opens again. `why` goes on after "no wave starts:". */
  z.object({ open: z.literal(false), opensAt: z.string().optional(), why: z.string() }),
]);
export type WindowState = z.infer<typeof windowStateSchema>;

/** `0 22 * * 1-5 (Europe/Berlin) for 6 h`. */
export function describeWindow({ start, durationMs, timeZone }: MaintenanceWindow): string {
  return `${start} (${timeZone}) for ${readable(durationMs)}`;
}

/** `2026-12-20 to 2027-01-06 (Europe/Berlin, year end)`. */
export function describeFreeze({ from, to, timeZone, why }: Freeze): string {
  return `${from === to ? from : `${from} to ${to}`} (${timeZone}${why ? `, ${why}` : ''})`;
}
