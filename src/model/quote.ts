/** So many characters of a value are shown. */
const LONGEST = 80;
/** What a terminal would act on, or show as something else: C1 controls, and what turns the direction of writing. */
const invisible = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * A bad value as a sentence quotes it, on one line: JSON of what was written, at most 80 characters and never more than the
 * first line of it. Of an object only the names of the fields are shown, since a value inside may be a secret that was put
 * into the wrong place.
 */
export function quote(value: unknown): string {
  if (typeof value === 'string') return quoteText(value);
  if (Array.isArray(value)) return cut(`[${value.slice(0, LONGEST).map(inList).join(', ')}`, ']');
  if (typeof value === 'object' && value !== null) {
    const names = Object.keys(value).slice(0, LONGEST);
    return cut(`{${names.map((name) => `${quoteText(name)}: …`).join(', ')}`, '}');
  }
  return String(value);
}

function inList(item: unknown): string {
  return typeof item === 'object' && item !== null ? '…' : quote(item);
}

function quoteText(text: string): string {
  const firstLine = text.indexOf('\n') + 1;
  const shown = text.slice(0, Math.min(firstLine || LONGEST, LONGEST));
  const inJson = JSON.stringify(shown).replace(invisible, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return shown.length < text.length ? `${inJson.slice(0, -1)}…"` : inJson;
}

function cut(text: string, end: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…${end}` : `${text}${end}`;
}
