/** The first of a long list, and how many more there are: `most` lines at most. */
export function someOf(items: readonly string[], most: number): string[] {
  return items.length <= most ? [...items] : [...items.slice(0, most - 1), `and ${items.length - most + 1} more`];
}
