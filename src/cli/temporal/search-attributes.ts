import type { ConnectionLike } from '@temporalio/client';
import { searchAttributes } from '../../model/search-attributes.ts';

/** Registering takes a moment on a server with Elasticsearch (ms). */
const DEADLINE_MS = 15_000;
/** `temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD`; the SDK does not export the enum. */
const KEYWORD = 2;

export interface RegisterOptions {
  connection: Pick<ConnectionLike, 'operatorService' | 'withDeadline'>;
  namespace: string;
}

/** The search attributes of a run, with their type, as `startTemporal` and `defineSearchAttributeKey` take them. */
export const searchAttributeList = Object.values(searchAttributes).map((name) => ({ name, type: 'KEYWORD' as const }));

/** Registers the search attributes that the namespace lacks, and returns their names. */
export async function registerSearchAttributes({ connection, namespace }: RegisterOptions): Promise<string[]> {
  const { operatorService } = connection;
  return await connection.withDeadline(Date.now() + DEADLINE_MS, async () => {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
    const missing = searchAttributeList.filter(({ name }) => !(name in (customAttributes ?? {})));
    if (missing.length === 0) return [];
    const types = missing.map(({ name }) => [name, KEYWORD]);
    await operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(types) });
    return missing.map(({ name }) => name);
  });
}
