import { hasStatus } from './errors.ts';

/** One page of a collection, and where the next one starts. */
export interface Page<T> {
  items: T[];
  /** Version of the whole list: a watch from it misses nothing. */
  resourceVersion: string;
  /** Absent on the last page. */
  continueToken?: string | undefined;
}

/** How often an expired list is begun anew before it is reported: reading 500 pages takes seconds, expiry minutes. */
const maxRestarts = 3;

/**
 * Reads every page of a collection. Where the continue token expires in the middle (410) the list is begun anew:
 * half of an old list and half of a newer one would be neither.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 *
 * @throws Failure of `readPage`
 */
export async function readAllPages<T>(
  readPage: (continueToken: string | undefined) => Promise<Page<T>>,
): Promise<{ items: T[]; resourceVersion: string }> {
  let items: T[] = [];
  let token: string | undefined;
  let restarts = 0;
  for (;;) {
    try {
      const page = await readPage(token);
      items.push(...page.items);
      token = page.continueToken;
      if (!token) return { items, resourceVersion: page.resourceVersion };
    } catch (error) {
      if (!hasStatus(error, 410) || token === undefined || restarts === maxRestarts) throw error;
      restarts += 1;
      items = [];
      token = undefined;
    }
  }
}
