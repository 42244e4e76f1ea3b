import type { Readable } from 'node:stream';
import { HttpMethod, RequestContext } from '@kubernetes/client-node';
import { request as send } from 'undici';
import { Failure, type FailureKind } from '../model/failure.ts';
import { describeCall } from './api-path.ts';
import type { PinnedKubeConfig } from './dispatcher.ts';
import { ApiFailure, type CallContext, statusFailure, toFailure, unreachable } from './errors.ts';
import { readLines } from './lines.ts';
import { linkSignals } from './linked-signal.ts';

/** Sent with every request, and written to the audit log of the API server. */
const userAgent = 'proxyshift';

/** Default time for one call, in ms, from the first byte sent to the last byte read. */
export const defaultDeadlineMs = 30_000;

/** One finished call, for metrics and for counting requests. `path` is without the query. */
export interface RequestRecord {
  method: string;
  path: string;
  /** HTTP status, where there was an answer. */
  status?: number;
  /** Kind of the failure, or `Cancelled`; absent when the call succeeded. */
  error?: FailureKind | 'Cancelled';
  ms: number;
}

export interface TransportOptions {
  /** Cancels every call of this transport; its reason is what the calls throw. */
  signal?: AbortSignal | undefined;
  /** Per call, in ms. */
  deadlineMs?: number | undefined;
  onRequest?: ((record: RequestRecord) => void) | undefined;
}

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path below the server of the kubeconfig, as `/api/v1/nodes`; it may have a query of its own. */
  path: string;
  query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  /** A JSON value, or text that is JSON already. */
  body?: unknown;
  contentType?: string | undefined;
  /** Instead of `application/json`: another form of the answer, as metadata alone. */
  accept?: string | undefined;
  /** Cancels this call, beside the signal of the transport. */
  signal?: AbortSignal | undefined;
  /** Instead of the deadline of the transport, in ms. For a stream: until its headers are there. */
  deadlineMs?: number | undefined;
  /** Better words for errors than the path gives. */
  object?: string | undefined;
}

export interface ApiResponse {
  status: number;
  headers: Record<string, string>;
  text: string;
}

/** The calls that the rest of `cluster/` makes. A `Transport` sends them; an export answers the reading ones by itself. */
export interface ApiCalls {
  /** Base address of the API server, as in the kubeconfig. */
  readonly server: string;
  /** Cancels every call; undefined where the caller gave none. */
  readonly signal: AbortSignal | undefined;
  json(request: ApiRequest): Promise<unknown>;
  text(request: ApiRequest): Promise<ApiResponse>;
  lines(request: ApiRequest & { idleMs?: number | undefined }): AsyncGenerator<string, void, undefined>;
}

/**
 * Every HTTP call to one cluster goes through here: authentication by client-node, the pinned dispatcher, a
 * deadline, cancellation, and errors as `Failure`. No retries: Temporal's retry policy decides, except in a watch.
 */
export class Transport implements ApiCalls {
  readonly #kubeConfig: PinnedKubeConfig;
  readonly #server: string;
  readonly #options: TransportOptions;

  constructor(kubeConfig: PinnedKubeConfig, options: TransportOptions = {}) {
    this.#kubeConfig = kubeConfig;
    this.#server = (kubeConfig.getCurrentCluster()?.server ?? '').replace(/\/+$/, '');
    this.#options = options;
  }

  /** Base address of the API server, as in the kubeconfig. */
  get server(): string {
    return this.#server;
  }

  /** Cancels every call; undefined where the caller gave none. */
  get signal(): AbortSignal | undefined {
    return this.#options.signal;
  }

  /** Sends a call and parses its JSON answer. @throws Failure, or the reason of the signal that cancelled it. */
  async json(request: ApiRequest): Promise<unknown> {
    const { text, status } = await this.text(request);
    try {
      return JSON.parse(text);
    } catch {
      const { object } = this.#describe(request);
      throw new ApiFailure('Invalid', `The answer for ${object} is not JSON (status ${status})`, {
        object,
        hint: 'Check `server` in the kubeconfig: something other than an API server answered.',
      });
    }
  }

  /** Sends a call and reads its whole answer, within the deadline. */
  async text(request: ApiRequest): Promise<ApiResponse> {
    return await this.#call(request, async (response) => ({ ...response, text: await response.body.text() }));
  }

  /**
   * Opens a stream (a watch, a followed log) and yields its lines. The deadline holds until the headers are there;
   * after that a signal ends it, or silence: `idleMs` without a byte (default: no limit; TCP keep-alive finds a dead
   * peer). Leaving the loop closes the connection.
   */
  async *lines(request: ApiRequest & { idleMs?: number | undefined }): AsyncGenerator<string, void, undefined> {
    const body = await this.#call(request, async (response) => response.body, { idleMs: request.idleMs ?? 0 });
    try {
      yield* readLines(body);
    } catch (error) {
      throw toFailure(error, this.#describe(request));
    } finally {
      body.destroy();
    }
  }

  /** The words for this call, with the signal that ended it, if one did. */
  #describe(request: ApiRequest): CallContext {
    const watching = request.query?.watch === true ? '?watch=true' : '';
    const context = describeCall(request.method, request.path + watching);
    return { ...context, object: request.object ?? context.object, signal: this.#abortedBy(request) };
  }

  #abortedBy(request: ApiRequest): AbortSignal | undefined {
    return [request.signal, this.signal].find((signal) => signal?.aborted);
  }

  async #call<T>(
    request: ApiRequest,
    read: (response: Response) => Promise<T>,
    streaming?: { idleMs: number },
  ): Promise<T> {
    const started = performance.now();
    const deadlineMs = request.deadlineMs ?? this.#options.deadlineMs ?? defaultDeadlineMs;
    const link = linkSignals([request.signal, this.signal], deadlineMs);
    const context = this.#describe(request);
    let status: number | undefined;
    let error: RequestRecord['error'];
    let open = false;
    try {
      link.signal.throwIfAborted();
      const auth = await this.#authenticate(request, context);
      context.secrets = secretsOf(auth.getHeaders());
      const dispatcher = auth.getDispatcher();
      const { statusCode, headers, body } = await send(auth.getUrl(), {
        method: request.method,
        headers: auth.getHeaders(),
        signal: link.signal,
        // The deadline above is the only clock, except for a stream, whose silence undici watches.
        headersTimeout: 0,
        bodyTimeout: streaming?.idleMs ?? 0,
        ...(dispatcher ? { dispatcher } : {}),
        ...(request.body === undefined ? {} : { body: bodyText(request.body) }),
      });
      status = statusCode;
      const flat = flatten(headers);
      if (statusCode >= 300) throw statusFailure({ status, body: await body.text(), headers: flat }, context);
      const result = await read({ status, headers: flat, body });
      if (streaming) {
        link.stopClock();
        body.once('close', () => link[Symbol.dispose]());
      }
      open = streaming !== undefined;
      return result;
    } catch (caught) {
      try {
        const late = link.timedOut && !(caught instanceof Failure);
        const failure = late
          ? unreachable(`no answer within ${deadlineMs} ms`, context)
          : toFailure(caught, { ...context, signal: this.#abortedBy(request) });
        error = failure.kind;
        throw failure;
      } finally {
        error ??= 'Cancelled';
      }
    } finally {
      if (!open) link[Symbol.dispose]();
      this.#options.onRequest?.({
        method: request.method,
        path: request.path.split('?')[0] ?? '',
        ...(status === undefined ? {} : { status }),
        ...(error === undefined ? {} : { error }),
        ms: performance.now() - started,
      });
    }
  }

  /** Lets client-node add the credentials (token, token file, exec plugin, client certificate) to a request. */
  async #authenticate(request: ApiRequest, context: CallContext): Promise<RequestContext> {
    const auth = new RequestContext(this.#server + request.path, HttpMethod.GET);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) auth.setQueryParam(name, String(value));
    }
    auth.setHeaderParam('Accept', request.accept ?? 'application/json');
    auth.setHeaderParam('User-Agent', userAgent);
    if (request.body !== undefined) auth.setHeaderParam('Content-Type', request.contentType ?? 'application/json');
    await applyCredentials(context, () => this.#kubeConfig.applySecurityAuthentication(auth));
    return auth;
  }
}

interface Response {
  status: number;
  headers: Record<string, string>;
  body: Readable & { text(): Promise<string> };
}

/**
 * Runs client-node's authentication. Its errors are not quoted: they hold the output of an exec plugin, or the start
 * of a token that was not JSON.
 *
 * @throws Failure `Disconnected`
 */
export async function applyCredentials<T>(context: CallContext, apply: () => Promise<T>): Promise<T> {
  try {
    return await apply();
  } catch (error) {
    const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
    const said = typeof code === 'string' ? ` (${code})` : '';
    throw new ApiFailure(
      'Disconnected',
      `Could not ${context.verb} ${context.object}: the kubeconfig gives no usable credentials${said}`,
      {
        object: context.object,
        hint: 'A token file, client certificate or credential plugin of the kubeconfig failed: try it with kubectl on the worker.',
      },
    );
  }
}

/** The values of headers that must never be quoted. */
export function secretsOf(headers: Record<string, unknown>): string[] {
  const authorization = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
  return typeof authorization === 'string' ? [authorization.replace(/^\w+\s+/, '')] : [];
}

function bodyText(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, Array.isArray(v) ? v.join(', ') : (v ?? '')]));
}
