import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { z } from 'zod';
import { Failure } from '../model/failure.ts';
import { resourcePath } from './resource-path.ts';

/** What every object of the API has; the rest stays as it is. */
export const anyObjectSchema = z.looseObject({
  apiVersion: z.string().optional(),
  kind: z.string().optional(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    uid: z.string().optional(),
    generation: z.number().optional(),
    resourceVersion: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    deletionTimestamp: z.string().optional(),
  }),
});
export type AnyObject = z.infer<typeof anyObjectSchema>;

/** An object as it is written in this folder, before the API server has seen it. */
export interface NewObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; [field: string]: unknown };
  [field: string]: unknown;
}

const listSchema = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string() }),
  items: z.array(z.unknown()),
});
const watchEventSchema = z.looseObject({ type: z.string(), object: z.unknown() });
const bookmarkSchema = z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string() }) });

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED';

interface RequestOptions {
  body?: unknown;
  contentType?: string;
  query?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** Where an API server is and who is asking. */
export interface KubeApiOptions {
  server: string;
  ca: Buffer;
  cert: Buffer;
  key: Buffer;
  /** Act as this user; the audit log then names it. */
  impersonate?: { user: string; groups: string[] };
  /** Shares the connections of another client. */
  dispatcher?: Agent;
}

/** An answer of the API server that is not a success. */
export class KubeApiError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'KubeApiError';
    this.code = code;
  }
}

/**
 * The few calls that setting up and simulating a cluster needs, over one pinned pool of connections: the generated
 * client opens a connection per request, which a thousand nodes would feel.
 */
export class KubeApi {
  readonly #options: KubeApiOptions;
  readonly #agent: Agent;

  constructor(options: KubeApiOptions) {
    this.#options = options;
    this.#agent =
      options.dispatcher ??
      new Agent({
        connections: 64,
        bodyTimeout: 0,
        connect: { ca: options.ca, cert: options.cert, key: options.key },
      });
  }

  /** Reads the certificates that kwokctl made in `pkiDir`. */
  static async fromPki(server: string, pkiDir: string): Promise<KubeApi> {
    const [ca, cert, key] = await Promise.all(
      ['ca.crt', 'admin.crt', 'admin.key'].map((file) => readFile(`${pkiDir}/${file}`)),
    );
    if (!ca || !cert || !key) throw new Failure('Invalid', `certificates are missing in ${pkiDir}`);
    return new KubeApi({ server, ca, cert, key });
  }

  /** The same API server as a ServiceAccount sees it. */
  asServiceAccount(namespace: string, name: string): KubeApi {
    return new KubeApi({
      ...this.#options,
      dispatcher: this.#agent,
      impersonate: {
        user: `system:serviceaccount:${namespace}:${name}`,
        groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      },
    });
  }

  get server(): string {
    return this.#options.server;
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  /** @throws KubeApiError for every status of 400 and above */
  async call(
    method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
    path: string,
    options: RequestOptions = {},
  ): Promise<unknown> {
    const response = await request(this.#url(path, options.query), {
      method,
      dispatcher: this.#agent,
      headers: {
        ...this.#headers(),
        ...(options.body === undefined ? {} : { 'content-type': options.contentType ?? 'application/json' }),
      },
      body: options.body === undefined ? null : JSON.stringify(options.body),
      signal: options.signal ?? null,
    });
    const text = await response.body.text();
    if (response.statusCode >= 400)
      throw new KubeApiError(response.statusCode, `${method} ${path}: ${messageOf(text)}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** An object; undefined where there is none. @throws KubeApiError of any other status, ZodError */
  async read<T>(path: string, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T | undefined> {
    try {
      return schema.parse(await this.call('GET', path, { signal }));
    } catch (error) {
      if (error instanceof KubeApiError && error.code === 404) return undefined;
      throw error;
    }
  }

  /** Creates an object; one that is there already is left alone. */
  async create(object: NewObject, fieldManager: string, signal?: AbortSignal): Promise<void> {
    const path = resourcePath(object.apiVersion, object.kind, object.metadata.namespace);
    try {
      await this.call('POST', path, { body: object, query: { fieldManager }, signal });
    } catch (error) {
      // A rehearsal that is set up twice finds its own objects.
      if (error instanceof KubeApiError && error.code === 409) return;
      throw error;
    }
  }

  /** Creates many objects, at most `concurrency` at a time, in order of their start. */
  async createAll(objects: NewObject[], fieldManager: string, signal?: AbortSignal, concurrency = 32): Promise<void> {
    const queue = objects[Symbol.iterator]();
    const worker = async () => {
      for (const object of queue) await this.create(object, fieldManager, signal);
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, objects.length) }, worker));
  }

  /** An RFC 7386 merge patch. `subresource` is, for instance, `status`. */
  async mergePatch(path: string, body: unknown, fieldManager: string, signal?: AbortSignal): Promise<AnyObject> {
    return anyObjectSchema.parse(
      await this.call('PATCH', path, {
        body,
        contentType: 'application/merge-patch+json',
        query: { fieldManager },
        signal,
      }),
    );
  }

  /**
   * Lists a collection and then follows it until `signal` aborts, across closed connections and expired versions.
   * After a new list, objects come as `ADDED` again and those that vanished as `DELETED`.
   */
  async follow<T extends AnyObject>(
    path: string,
    schema: z.ZodType<T>,
    query: Record<string, string>,
    onEvent: (type: WatchEventType, object: T) => void,
    signal: AbortSignal,
  ): Promise<void> {
    let known = new Map<string, T>();
    while (!signal.aborted) {
      try {
        const list = listSchema.parse(await this.call('GET', path, { query, signal }));
        const items = new Map(list.items.map((item) => schema.parse(item)).map((item) => [keyOf(item), item]));
        for (const [key, gone] of known) if (!items.has(key)) onEvent('DELETED', gone);
        known = items;
        for (const item of items.values()) onEvent('ADDED', item);
        let version = list.metadata.resourceVersion;
        while (!signal.aborted)
          version = await this.#watch(path, { ...query, resourceVersion: version }, schema, known, onEvent, signal);
      } catch (error) {
        if (signal.aborted) return;
        // 410 means that the version is too old: list again at once. Anything else: the server is restarting, and there
        // is nothing to wait on, so ask again soon.
        if (!(error instanceof KubeApiError && error.code === 410))
          await delay(250, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Resolves with the first version of an object for which `accept` is true. */
  async waitFor<T extends AnyObject>(
    path: string,
    name: string,
    schema: z.ZodType<T>,
    accept: (object: T) => boolean,
    signal: AbortSignal,
  ): Promise<T> {
    const found = new AbortController();
    const until = AbortSignal.any([signal, found.signal]);
    return new Promise<T>((resolve, reject) => {
      const onEvent = (type: WatchEventType, object: T) => {
        if (type === 'DELETED' || !accept(object)) return;
        resolve(object);
        found.abort();
      };
      this.follow(path, schema, { fieldSelector: `metadata.name=${name}` }, onEvent, until).then(
        () => reject(new Failure('Unhealthy', `${path}/${name} did not become ready in time`)),
        reject,
      );
    });
  }

  async #watch<T extends AnyObject>(
    path: string,
    query: Record<string, string>,
    schema: z.ZodType<T>,
    known: Map<string, T>,
    onEvent: (type: WatchEventType, object: T) => void,
    signal: AbortSignal,
  ): Promise<string> {
    const response = await request(this.#url(path, { ...query, watch: 'true', allowWatchBookmarks: 'true' }), {
      dispatcher: this.#agent,
      headers: this.#headers(),
      signal,
    });
    if (response.statusCode !== 200) throw new KubeApiError(response.statusCode, messageOf(await response.body.text()));
    let version = query.resourceVersion ?? '';
    for await (const line of linesOf(response.body)) {
      const event = watchEventSchema.parse(JSON.parse(line));
      if (event.type === 'ERROR')
        throw new KubeApiError(statusCodeOf(event.object), `watch ${path}: ${line.slice(0, 200)}`);
      version = bookmarkSchema.parse(event.object).metadata.resourceVersion;
      if (event.type === 'BOOKMARK') continue;
      const object = schema.parse(event.object);
      if (event.type === 'DELETED') known.delete(keyOf(object));
      else known.set(keyOf(object), object);
      onEvent(event.type === 'ADDED' ? 'ADDED' : event.type === 'DELETED' ? 'DELETED' : 'MODIFIED', object);
    }
    return version;
  }

  #url(path: string, query: Record<string, string> = {}): URL {
    const url = new URL(path, this.#options.server);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  }

  #headers(): Record<string, string | string[]> {
    const who = this.#options.impersonate;
    return {
      'user-agent': 'proxyshift-rehearsal',
      ...(who ? { 'impersonate-user': who.user, 'impersonate-group': who.groups } : {}),
    };
  }
}

async function* linesOf(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

function keyOf(object: AnyObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}/${object.metadata.uid ?? ''}`;
}

const statusSchema = z.looseObject({ message: z.string().optional(), code: z.number().optional() });

function statusCodeOf(object: unknown): number {
  return statusSchema.safeParse(object).data?.code ?? 500;
}

function messageOf(text: string): string {
  try {
    return statusSchema.parse(JSON.parse(text)).message ?? text;
  } catch {
    // A plain-text answer is its own message.
    return text;
  }
}
