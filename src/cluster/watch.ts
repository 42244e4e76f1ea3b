import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { Failure } from '../model/failure.ts';
import { describeCall } from './api-path.ts';
import type { Cluster } from './connect.ts';
import { ApiFailure, hasStatus, statusFailure, unreachable } from './errors.ts';
import { linkSignals } from './linked-signal.ts';
import {
  collectionPath,
  kubernetesObjectSchema,
  type ListOptions,
  listWithVersion,
  type ObjectRef,
  type PlainObject,
  type ResourceRef,
} from './objects.ts';

/** `SYNCED` comes once: everything that was there at the start has been told. */
export type WatchEvent<T = PlainObject> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T }
  | { type: 'SYNCED'; object?: undefined };

export interface WatchOptions extends ResourceRef, Pick<ListOptions, 'labelSelector' | 'fieldSelector'> {
  /** Ends the watch quietly. The signal of the cluster ends it too, and throws its reason. */
  signal?: AbortSignal | undefined;
  /** Failures in a row, without an event between them, before the watch gives up. Default 6: about 12 s. */
  maxFailures?: number | undefined;
  /** First pause after a failure, in ms; it doubles each time, up to 5 s. Default 200. */
  backoffMs?: number | undefined;
  /** The server ends each connection after this many seconds, default 60. One that is silent for longer is dead. */
  timeoutSeconds?: number | undefined;
}

const eventSchema = z.object({ type: z.string(), object: z.unknown() });
const bookmarkSchema = z.object({ metadata: z.object({ resourceVersion: z.string() }) });
const statusSchema = z.looseObject({ code: z.number().default(500) });

/**
 * Watches a collection. First the list (an `ADDED` for each, then `SYNCED`), then every change from exactly that
 * version on. Connections that end are opened again where they ended; where the server has forgotten that version
 * (410) the list is read anew and the differences are told, `DELETED` for what vanished meanwhile.
 *
 * @param parse gives objects a type; a throw of it ends the watch
 * @throws Failure: `Unreachable` after `maxFailures` failures in a row; anything else (`Forbidden`, a kind that does
 * not exist) at once
 */
export function watchObjects(cluster: Cluster, options: WatchOptions): AsyncGenerator<WatchEvent, void, undefined>;
export function watchObjects<T>(
  cluster: Cluster,
  options: WatchOptions,
  parse: (object: PlainObject) => T,
): AsyncGenerator<WatchEvent<T>, void, undefined>;
export async function* watchObjects<T>(
  cluster: Cluster,
  options: WatchOptions,
  parse?: (object: PlainObject) => T,
): AsyncGenerator<WatchEvent<T | PlainObject>, void, undefined> {
  try {
    for await (const event of watchPlain(cluster, options)) {
      if (options.signal?.aborted) return;
      yield event.type === 'SYNCED' || !parse ? event : { type: event.type, object: parse(event.object) };
    }
  } catch (error) {
    // The caller's own signal is how a watch is ended; a cancelled cluster (Temporal) is told.
    if (options.signal?.aborted && !cluster.signal?.aborted) return;
    throw error;
  }
}

async function* watchPlain(cluster: Cluster, options: WatchOptions): AsyncGenerator<WatchEvent, void, undefined> {
  const { signal, maxFailures = 6, backoffMs = 200 } = options;
  const known = new Map<string, PlainObject>();
  let version: string | undefined;
  let synced = false;
  let failures = 0;
  for (;;) {
    try {
      if (version === undefined) {
        const list = await listWithVersion(cluster, options, { signal });
        yield* differences(known, list.items);
        if (!synced) yield { type: 'SYNCED' };
        synced = true;
        version = list.resourceVersion;
      }
      const started = performance.now();
      const before: string = version;
      for await (const event of openWatch(cluster, options, version)) {
        failures = 0;
        version = event.version;
        if (event.type === 'BOOKMARK') continue;
        if (event.type === 'DELETED') known.delete(keyOf(event.object));
        else known.set(keyOf(event.object), event.object);
        yield { type: event.type, object: event.object };
      }
      // The server ends a watch after timeoutSeconds. Ended at once and without an event, it is a failure in disguise.
      if (version === before && performance.now() - started < 500) {
        throw unreachable(
          'the connection was closed at once',
          describeCall('GET', `${collectionPath(options)}?watch=true`),
        );
      }
    } catch (error) {
      if (hasStatus(error, 410)) version = undefined;
      else if (!(error instanceof Failure) || error.kind !== 'Unreachable') throw error;
      failures += 1;
      if (failures >= maxFailures) throw error;
      // Nothing can be awaited here: the other side is not there. Half of the pause is random, so that the watches of
      // a worker do not come back together.
      const pause = Math.min(backoffMs * 2 ** (failures - 1), 5_000) * (0.5 + Math.random() / 2);
      const asked = error instanceof ApiFailure ? Math.min(error.retryAfterMs ?? 0, 30_000) : 0;
      await pauseFor(Math.max(pause, asked), cluster, signal);
    }
  }
}

type StreamEvent =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; version: string; object: PlainObject }
  | { type: 'BOOKMARK'; version: string };

/** One connection, until the server ends it. */
async function* openWatch(cluster: Cluster, options: WatchOptions, version: string): AsyncGenerator<StreamEvent> {
  const { labelSelector, fieldSelector, signal, timeoutSeconds = 60 } = options;
  const path = collectionPath(options);
  const query = {
    watch: true,
    allowWatchBookmarks: true,
    resourceVersion: version,
    timeoutSeconds,
    labelSelector,
    fieldSelector,
  };
  const idleMs = timeoutSeconds * 1000 + 10_000;
  for await (const line of cluster.transport.lines({ method: 'GET', path, query, signal, idleMs })) {
    const event = parseEvent(line);
    if (!event) {
      throw unreachable('the stream was cut within an event', describeCall('GET', `${path}?watch=true`));
    }
    if (event.type === 'BOOKMARK') {
      yield { type: 'BOOKMARK', version: bookmarkSchema.parse(event.object).metadata.resourceVersion };
    } else if (event.type === 'ADDED' || event.type === 'MODIFIED' || event.type === 'DELETED') {
      const object = kubernetesObjectSchema.parse(event.object);
      yield { type: event.type, version: object.metadata.resourceVersion ?? version, object };
    } else {
      // ERROR: a Status object, 410 where the version is too old.
      const { code, ...body } = statusSchema.parse(event.object);
      throw statusFailure({ status: code, body }, describeCall('GET', `${path}?watch=true`));
    }
  }
}

function parseEvent(line: string): z.infer<typeof eventSchema> | undefined {
  try {
    return eventSchema.parse(JSON.parse(line));
  } catch {
    return undefined; // The caller reports it: the last line of a stream that was cut.
  }
}

/** Brings `known` up to a new list, and tells what that changed. */
function* differences(known: Map<string, PlainObject>, items: PlainObject[]): Generator<WatchEvent> {
  const current = new Map(items.map((object) => [keyOf(object), object]));
  for (const [key, object] of [...known]) {
    if (current.has(key)) continue;
    known.delete(key);
    yield { type: 'DELETED', object };
  }
  for (const [key, object] of current) {
    const before = known.get(key);
    known.set(key, object);
    if (!before) yield { type: 'ADDED', object };
    else if (before.metadata.resourceVersion !== object.metadata.resourceVersion) yield { type: 'MODIFIED', object };
  }
}

/** The uid: an object that was deleted and made anew under the same name is another one. */
function keyOf({ metadata }: PlainObject): string {
  return metadata.uid ?? `${metadata.namespace ?? ''}/${metadata.name}`;
}

async function pauseFor(ms: number, cluster: Cluster, signal: AbortSignal | undefined): Promise<void> {
  using link = linkSignals([cluster.signal, signal]);
  await delay(ms, undefined, { signal: link.signal }).catch(() => link.signal.throwIfAborted());
}

/**
 * One object as it is and at each change, until `signal` aborts; nothing while it is not there.
 * @throws Failure as `watchObjects`
 */
export async function* watchObject(
  cluster: Cluster,
  { apiVersion, plural, namespace, name }: ObjectRef,
  signal: AbortSignal,
): AsyncGenerator<PlainObject, void, undefined> {
  const fieldSelector = `metadata.name=${name}`;
  for await (const event of watchObjects(cluster, { apiVersion, plural, namespace, fieldSelector, signal })) {
    if (event.type === 'ADDED' || event.type === 'MODIFIED') yield event.object;
  }
}
