/** A duration (ms) as a person reads it: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 4 min`, `1 day`. */
export function readable(ms: number): string {
  if (ms < 0) return '0 s';
  if (ms < 9_950 && ms % 1_000 !== 0) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return both(`${minutes} min`, seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return both(`${hours} h`, minutes % 60, 'min');
  const days = Math.floor(hours / 24);
  return both(days === 1 ? '1 day' : `${days} days`, hours % 24, 'h');
}

function both(whole: string, rest: number, unit: string): string {
  return rest === 0 ? whole : `${whole} ${rest} ${unit}`;
}

/**
 * A time without an answer (ms): `100 ms`, `1.2 s`, `2 min 3 s`. Rounded up, to tenths of a second or to seconds: what is said is never
 * shorter than what was seen.
 */
export function readableGap(ms: number): string {
  if (ms < 1_000) return `${Math.ceil(ms)} ms`;
  const tenths = Math.ceil(ms / 100);
  return tenths < 600 ? `${tenths / 10} s` : readable(Math.ceil(ms / 1_000) * 1_000);
}
