import { Agent, get, type IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import WebSocket from 'ws';
import type { Cluster } from './connect.ts';
import { type CallContext, statusFailure, toFailure, unreachable } from './errors.ts';
import { linkSignals } from './linked-signal.ts';
import { type CallOptions, objectPath } from './objects.ts';
import { applyCredentials, secretsOf } from './transport.ts';

export interface ForwardedAnswer {
  status: number;
  body: string;
}

/** Where a server listens inside a pod. */
export interface PodPortTarget {
  namespace: string;
  pod: string;
  port: number;
}

/** A port-forward that is open: an HTTP server inside a pod can be asked over it, again and again. */
export interface PodPort extends AsyncDisposable {
  /** Asks one path; one at a time. @throws Failure `Unreachable` where the port-forward has ended or nothing answers in time */
  get(path: string, options?: CallOptions): Promise<ForwardedAnswer>;
}

/** Default time for the connection, and for each answer, in ms. */
const defaultDeadlineMs = 10_000;

/**
 * Opens a port-forward to an HTTP server inside a pod, also to one that listens on the loopback address of the node only
 * (kube-proxy's `127.0.0.1:10249`). It is one request to the API server, however often it is used then.
 *
 * @throws Failure `Forbidden` (get and create on pods/portforward are needed), `Unreachable` where the node does not
 * answer, `Invalid` where the pod is gone. That nothing listens shows at the first `get`.
 */
export async function openPodPort(
  cluster: Cluster,
  { namespace, pod, port }: PodPortTarget,
  options: CallOptions = {},
): Promise<PodPort> {
  const context: CallContext = {
    verb: 'reach',
    object: `port ${port} of Pod ${namespace}/${pod}`,
    resource: 'pods/portforward',
    namespace,
  };
  const path = `${objectPath({ apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespace, name: pod })}/portforward`;
  const tunnel = await withDeadline(cluster, context, options, undefined, (signal) =>
    openTunnel(cluster, `${path}?ports=${port}`, context, signal),
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = () => tunnel;
  return {
    get: (asked, call = {}) =>
      withDeadline(cluster, context, call, tunnel, (signal) =>
        Promise.race([ask(agent, port, asked, signal), tunnel.gone]),
      ),
    [Symbol.asyncDispose]: async () => {
      agent.destroy();
      tunnel.destroy();
    },
  };
}

/** Runs a call with its deadline and signals, and converts what it throws. */
async function withDeadline<T>(
  cluster: Cluster,
  context: CallContext,
  { deadlineMs = defaultDeadlineMs, signal }: CallOptions,
  tunnel: PodTunnel | undefined,
  action: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const link = linkSignals([cluster.signal, signal], deadlineMs);
  try {
    link.signal.throwIfAborted();
    return await Promise.race([action(link.signal), aborted(link.signal)]);
  } catch (error) {
    if (link.timedOut) throw unreachable(`no answer within ${deadlineMs} ms`, context);
    // What the kubelet wrote into the error stream says more than the connection that ended because of it.
    if (tunnel?.refusal && !link.signal.aborted) throw unreachable(tunnel.refusal, context);
    throw toFailure(error, { ...context, signal: [cluster.signal, signal].find((source) => source?.aborted) });
  } finally {
    link[Symbol.dispose]();
  }
}

async function ask(agent: Agent, port: number, path: string, signal: AbortSignal): Promise<ForwardedAnswer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ agent, host: '127.0.0.1', port, path, signal }, resolve).on('error', reject);
  });
  return { status: response.statusCode ?? 0, body: await text(response) };
}

/** Rejects when the signal aborts: node:http does not always say so for a socket that is gone already. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Opens the web socket. RBAC asks for `get` (and, from Kubernetes 1.35, `create`) on pods/portforward. */
async function openTunnel(cluster: Cluster, path: string, context: CallContext, signal: AbortSignal) {
  const options: RequestOptions = {};
  await applyCredentials(context, () => cluster.kubeConfig.applyToHTTPSOptions(options));
  context.secrets = secretsOf({ ...options.headers });
  // client-node keeps this agent, with the client certificate of its first use; without a proxy none is needed.
  if (!cluster.kubeConfig.getCurrentCluster()?.proxyUrl) delete options.agent;
  const url = cluster.transport.server.replace(/^http/, 'ws') + path;
  const { agent, headers, auth, ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
  const given = { agent, headers, auth, ca, cert, key, pfx, passphrase, rejectUnauthorized, servername };
  const defined = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const socket = new WebSocket(url, ['v4.channel.k8s.io'], { ...defined, perMessageDeflate: false });

  const { promise, resolve, reject } = Promise.withResolvers<PodTunnel>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  socket.once('open', () => resolve(new PodTunnel(socket)));
  socket.on('error', reject);
  socket.once('unexpected-response', (_request, response: IncomingMessage) => {
    text(response)
      // A refusal whose text cannot be read is a refusal all the same.
      .catch(() => '')
      .then((body) => reject(statusFailure({ status: response.statusCode ?? 0, body }, context)));
  });
  try {
    return await promise;
  } catch (error) {
    socket.terminate();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

const dataChannel = 0;
const errorChannel = 1;

/**
 * The data stream of a port-forward as a socket. Each message starts with the number of its channel; the first of
 * each channel holds the port only (k8s.io/kubelet/pkg/cri/streaming/portforward/websocket.go).
 */
class PodTunnel extends Duplex {
  /** What the kubelet wrote into the error stream, as "connection refused". */
  refusal: string | undefined;
  /** Rejects when the tunnel ends, for whatever reason: an HTTP client that gets it too late would wait for ever. */
  readonly gone: Promise<never>;
  readonly #socket: WebSocket;
  readonly #opened = new Set<number>();

  constructor(socket: WebSocket) {
    super();
    this.#socket = socket;
    const { promise, reject } = Promise.withResolvers<never>();
    this.gone = promise;
    // Nobody listens once the answers are there, and then the end is what was wanted.
    promise.catch(() => undefined);
    const end = (error?: Error) =>
      reject(Object.assign(error ?? new Error('the port-forward ended'), { code: 'ECONNRESET' }));
    this.on('error', end).on('close', end);
    socket.on('message', (message: WebSocket.RawData) => this.#receive(message));
    socket.on('close', () => this.destroy());
    socket.on('error', (error) => this.destroy(error));
  }

  #receive(message: WebSocket.RawData): void {
    if (!Buffer.isBuffer(message)) return; // Never: ws gives buffers unless its binaryType is changed.
    const channel = message[0];
    if (channel === undefined) return;
    const first = !this.#opened.has(channel);
    this.#opened.add(channel);
    const data = message.subarray(first ? 3 : 1);
    if (data.length === 0) return;
    if (channel === dataChannel) this.push(data);
    if (channel === errorChannel) {
      this.refusal = data.toString('utf8').trim();
      this.destroy(new Error(this.refusal));
    }
  }

  override _read(): void {
    // Messages are pushed as they come: answers are small, and a web socket has no way to ask for less.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#socket.send(Buffer.concat([Buffer.of(dataChannel), chunk]), (error) => callback(error ?? null));
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#socket.close();
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#socket.terminate();
    callback(error);
  }

  // HTTP clients expect these of a socket; a web socket has none of them.
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setTimeout(): this {
    return this;
  }
}
