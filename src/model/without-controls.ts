/** What a terminal acts on, or what turns the direction of writing: a text could show as another one. */
const steering = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * A copy whose texts cannot steer a terminal: they are made of objects, logs and messages, which come from anywhere. Line
 * breaks stay. Not for JSON, which escapes or keeps what is there.
 */
export function withoutControls<T extends object>(value: T): T {
  const copy = structuredClone(value);
  cleanInside(copy);
  return copy;
}

function cleanInside(value: object): void {
  for (const [key, item] of Object.entries(value)) {
    if (typeof item === 'string') Reflect.set(value, key, clean(item));
    else if (typeof item === 'object' && item !== null) cleanInside(item);
  }
}

function clean(text: string): string {
  return text.replace(steering, (sign) => (sign === '\n' ? sign : '\ufffd'));
}
