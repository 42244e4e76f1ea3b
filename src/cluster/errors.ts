import { Failure, type FailureKind } from '../model/failure.ts';

/** What a call was meant to do: named in the one sentence that a person reads when it fails. */
export interface CallContext {
  /** The RBAC verb: `get`, `list`, `watch`, `create`, `patch`, `update`, `delete`. */
  verb: string;
  /** The object, as `Kind namespace/name`, `Kind name` or `Kinds in namespace`. */
  object: string;
  /** The RBAC resource, as `pods/log`; where it is known, a refusal names it. */
  resource?: string | undefined;
  /** The namespace of the resource, for the `kubectl auth can-i` command in the hint. */
  namespace?: string | undefined;
  /** The caller's signal: where it is aborted, its reason is thrown and nothing is converted. */
  signal?: AbortSignal | undefined;
  /** Credentials that were sent with the call: cut out of whatever text the other side answered. */
  secrets?: readonly string[] | undefined;
}

/** What the API server (or something in between) said, where there was an answer at all. */
export interface ApiAnswer {
  /** HTTP status. */
  status?: number | undefined;
  /** `reason` of the Status object, as `Conflict`, `AlreadyExists`, `Expired`. */
  reason?: string | undefined;
  /** `Retry-After`, in milliseconds. */
  retryAfterMs?: number | undefined;
}

/**
 * A `Failure` that came from a call to a cluster. Callers inside `cluster/` read `status`; everything else reads
 * `kind`. It has no `cause` on purpose: the errors below it can hold request headers, and Temporal would send the
 * whole chain to the server.
 */
export class ApiFailure extends Failure {
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(kind: FailureKind, message: string, details: { object: string; hint?: string }, answer: ApiAnswer = {}) {
    super(kind, message, details);
    this.status = answer.status;
    this.reason = answer.reason;
    this.retryAfterMs = answer.retryAfterMs;
  }
}

/** True for a `Failure` that an API server answered with this HTTP status. */
export function hasStatus(error: unknown, status: number): error is ApiFailure {
  return error instanceof ApiFailure && error.status === status;
}

/**
 * Converts whatever a call to a cluster threw into a `Failure`: the one place where this is done.
 *
 * - network, time-outs, 408, 409, 410, 429, 5xx → `Unreachable`
 * - 403 → `Forbidden`; 401, and certificates that one side does not accept → `Disconnected`
 * - 404 and every other status, and what cannot be understood → `Invalid`
 *
 * @throws the reason of `context.signal` where that is aborted, and any `AbortError`, untouched: a cancellation is
 * not a failure (Temporal must see its own `CancelledFailure`).
 */
export function toFailure(error: unknown, context: CallContext): Failure {
  if (context.signal?.aborted) throw context.signal.reason;
  if (error instanceof Failure) return error;
  const name = stringField(error, 'name');
  if (name === 'AbortError' || name === 'CancelledFailure') throw error;
  const status = numberField(error, 'code') ?? numberField(error, 'statusCode') ?? numberField(error, 'status');
  if (status !== undefined) {
    return statusFailure({ status, body: bodyOf(error), headers: headersOf(error) }, context);
  }
  if (name === 'TimeoutError') return unreachable('there was no answer in time', context);
  return networkFailure(error, context);
}

/** The `Failure` for an HTTP answer that is not 2xx. `body` is the text or the parsed Status object. */
export function statusFailure(
  answer: { status: number; body?: unknown; headers?: Record<string, unknown> | undefined },
  context: CallContext,
): ApiFailure {
  const { status } = answer;
  const parsed = parseStatus(answer.body);
  const said = parsed.message ? `: ${scrub(parsed.message, context)}` : '';
  const retryAfter = Number(headerOf(answer.headers, 'retry-after') ?? Number.NaN);
  const details: ApiAnswer = {
    status,
    reason: parsed.reason,
    retryAfterMs: Number.isFinite(retryAfter) ? retryAfter * 1000 : undefined,
  };
  const what = `${context.verb} ${context.object}`;
  const fail = (kind: FailureKind, message: string, hint?: string) =>
    new ApiFailure(kind, message, { object: context.object, ...(hint ? { hint } : {}) }, details);

  if (status === 401) {
    return fail(
      'Disconnected',
      `Could not ${what}: the API server does not accept the credentials (401)${said}`,
      'The credentials in the kubeconfig are expired or revoked: renew them on the worker.',
    );
  }
  if (status === 403) {
    const resource = context.resource ? ` (verb "${context.verb}" on "${context.resource}")` : '';
    return fail('Forbidden', `Not allowed to ${what}${resource}${said}`, forbiddenHint(context));
  }
  if (status === 404) return fail('Invalid', `${context.object} was not found${said}`);
  if (status >= 300 && status < 400) {
    return fail(
      'Invalid',
      `Could not ${what}: the server answered with a redirect (${status}), which an API server does not do`,
      'Check `server` in the kubeconfig: it may point at a login page or at a proxy.',
    );
  }
  const retryable = status === 408 || status === 409 || status === 410 || status === 429 || status >= 500;
  return fail(retryable ? 'Unreachable' : 'Invalid', `Could not ${what}: the API server answered ${status}${said}`);
}

/** `Unreachable`, for what has no HTTP status. */
export function unreachable(why: string, context: CallContext): ApiFailure {
  return new ApiFailure('Unreachable', `Could not ${context.verb} ${context.object}: ${scrub(why, context)}`, {
    object: context.object,
  });
}

/** Cuts credentials out of a text that someone else wrote, and makes it one line of at most 300 characters. */
export function scrub(text: string, context: Pick<CallContext, 'secrets'> = {}): string {
  let clean = text;
  for (const secret of context.secrets ?? []) if (secret.length >= 4) clean = clean.replaceAll(secret, '[redacted]');
  clean = clean
    .replace(/-----BEGIN [\s\S]*?(-----END [A-Z ]+-----|$)/g, '[redacted]')
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, '$1 [redacted]')
    .replace(/\beyJ[\w-]{8,}(\.[\w-]+)*/g, '[redacted]')
    .replace(/\s+/g, ' ')
    .trim();
  return clean.length > 300 ? `${clean.slice(0, 299)}…` : clean;
}

function forbiddenHint({ verb, resource, namespace }: CallContext): string {
  const apply = 'Apply deploy/rbac.yaml and use its ServiceAccount proxyshift';
  if (!resource) return `${apply}.`;
  const where = namespace ? ` -n ${namespace}` : '';
  const [plural = resource, subresource] = resource.split('/');
  const sub = subresource ? ` --subresource=${subresource}` : '';
  return `${apply}; to check: kubectl auth can-i ${verb} ${plural}${sub}${where}`;
}

/** Codes of Node and OpenSSL that say that one side does not accept the certificate of the other. */
const certificateCode =
  /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT|ERR_OSSL|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|ERR_SSL_.*(CERTIFICATE|UNKNOWN_CA))/;

function networkFailure(error: unknown, context: CallContext): ApiFailure {
  const chain = causes(error);
  const code = chain.map((e) => stringField(e, 'code')).find((c) => c !== undefined);
  const message = chain
    .map((e) => stringField(e, 'message'))
    .filter((m) => m)
    .at(-1);
  const said = [message, code].filter((part) => part && !message?.includes(`${part} `)).join(', ');
  const what = `${context.verb} ${context.object}`;
  const details = { object: context.object };
  if (code && certificateCode.test(code)) {
    return new ApiFailure(
      'Disconnected',
      `Could not ${what}: a certificate was not accepted (${scrub(said, context)})`,
      {
        ...details,
        hint: 'Check certificate-authority-data, tls-server-name and the client certificate in the kubeconfig, and their dates.',
      },
    );
  }
  if (code && /^(ERR_SSL_|EPROTO)/.test(code)) {
    return new ApiFailure('Invalid', `Could not ${what}: the TLS connection failed (${scrub(said, context)})`, {
      ...details,
      hint: 'Check scheme, host and port of `server` in the kubeconfig.',
    });
  }
  // undici calls every network error "fetch failed" and keeps the code in the cause; Node's own have a code here.
  const isNetwork =
    code !== undefined || /fetch failed|socket hang up|terminated|other side closed|network/i.test(message ?? '');
  if (isNetwork) return unreachable(said || 'the connection failed', context);
  return new ApiFailure('Invalid', `Could not ${what}: ${scrub(message ?? String(error), context)}`, details);
}

/** The error, its causes and the members of an `AggregateError` (Node tries IPv6 and IPv4), outermost first. */
function causes(error: unknown, depth = 0): unknown[] {
  if (depth > 5 || typeof error !== 'object' || error === null) return [];
  const inner: unknown[] = error instanceof AggregateError ? error.errors.slice(0, 1) : [];
  if ('cause' in error) inner.push(error.cause);
  return [error, ...inner.flatMap((e) => causes(e, depth + 1))];
}

/** Status objects come parsed, as JSON text (client-node, for statuses that the spec does not list) or as plain text. */
function parseStatus(body: unknown): { message?: string | undefined; reason?: string | undefined } {
  if (typeof body === 'string') {
    const text = body.trim();
    if (!text.startsWith('{')) return { message: text.startsWith('<') ? undefined : text || undefined };
    try {
      return parseStatus(JSON.parse(text));
    } catch {
      return {}; // Cut off or not JSON after all: the status says enough.
    }
  }
  return { message: stringField(body, 'message'), reason: stringField(body, 'reason') };
}

function bodyOf(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return undefined;
  return 'body' in error ? error.body : stringField(error, 'message');
}

function headersOf(error: unknown): Record<string, unknown> | undefined {
  if (typeof error !== 'object' || error === null || !('headers' in error)) return undefined;
  const { headers } = error;
  return typeof headers === 'object' && headers !== null ? { ...headers } : undefined;
}

function headerOf(headers: Record<string, unknown> | undefined, wanted: string): string | undefined {
  const found = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === wanted)?.[1];
  return typeof found === 'string' ? found : undefined;
}

function stringField(value: unknown, field: string): string | undefined {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
  return typeof found === 'string' ? found : undefined;
}

function numberField(value: unknown, field: string): number | undefined {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
  return typeof found === 'number' && found >= 100 && found < 600 ? found : undefined;
}
