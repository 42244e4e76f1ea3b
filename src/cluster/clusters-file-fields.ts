import ms from 'ms';
import { z } from 'zod';

// Fields that several parts of clusters.yaml have.

const durationPattern = /^\d+(\.\d+)?\s*(ms|s|m|h|d)$/;

const aTimeSpan = 'expected a time span such as "200ms", "90s", "10m", "24h"';
const DAY_MS = 86_400_000;
/** Days: nobody waits longer than a year, and no timer has to hold it. */
const MOST_DAYS = 365;

function isTimeSpan(text: string): text is ms.StringValue {
  // ms() throws on anything longer.
  return durationPattern.test(text) && text.length < 100;
}

/**
 * A time span as people write it (`200ms`, `90s`, `10m`, `24h`, `2d`), read as milliseconds.
 * @param leastMs 0 for what may be left out by saying so, as the soak
 */
export function duration(standard: string, leastMs = 1) {
  return timeSpan(leastMs).prefault(standard);
}

/** As {@link duration}, without a default. @param mostDays the longest that is accepted, in days */
export function timeSpan(leastMs = 1, mostDays = MOST_DAYS) {
  return z
    .string(aTimeSpan)
    .regex(durationPattern, aTimeSpan)
    .transform((text, context) => {
      const span = isTimeSpan(text) ? ms(text) : Number.POSITIVE_INFINITY;
      if (span >= leastMs && span <= mostDays * DAY_MS) return span;
      const message =
        span < leastMs ? 'expected a time span of at least "1ms"' : `expected a time span of at most "${mostDays}d"`;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    });
}

const aPath = 'expected the path of a file';
/** The content of a file that was pasted in place of its path is refused, and only its first line is shown. */
export const filePath = z.string(aPath).regex(/^[^\r\n]+$/, aPath);

/** A remark in a sentence, without what cannot be seen. */
export function remark(expected: string) {
  return z
    .string(expected)
    .trim()
    .min(1, expected)
    .max(200, expected)
    .regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u, expected);
}
