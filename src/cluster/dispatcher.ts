import { createHash } from 'node:crypto';
import type { RequestOptions } from 'node:https';
import { inspect } from 'node:util';
import { KubeConfig, type RequestContext } from '@kubernetes/client-node';
import { Agent, type Dispatcher } from 'undici';

/**
 * A `KubeConfig` that keeps one HTTP dispatcher: client-node 2.0.1 makes a new undici Agent, and so a new TLS
 * connection, for every request. Everything that authenticates through `applySecurityAuthentication` gets the
 * pinned one. Credentials are read anew for each call (token files and client certificates rotate, exec plugins
 * are cached by client-node until they expire); a new dispatcher is made only when the TLS material changes.
 *
 * It never shows what it holds: `JSON.stringify` and `util.inspect` give the name of the context.
 */
export class PinnedKubeConfig extends KubeConfig {
  #pinned: { key: string; dispatcher: Dispatcher } | undefined;

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    const https: RequestOptions = {};
    await this.applyToHTTPSOptions(https);
    for (const [name, value] of Object.entries(https.headers ?? {})) context.setHeaderParam(name, `${value}`);
    if (https.auth) context.setHeaderParam('Authorization', `Basic ${Buffer.from(https.auth).toString('base64')}`);
    context.setDispatcher(await this.#dispatcher(https, context));
  }

  async #dispatcher(https: RequestOptions, context: RequestContext): Promise<Dispatcher> {
    const cluster = this.getCurrentCluster();
    const tls = tlsOf(https);
    const hash = createHash('sha256')
      .update(JSON.stringify([cluster?.server, cluster?.proxyUrl, tls]))
      .digest('hex');
    if (this.#pinned?.key === hash) return this.#pinned.dispatcher;

    const options = this.createDispatcherOptions(cluster, tls);
    let dispatcher: Dispatcher | undefined;
    if (options.type === 'agent' || options.type === 'none') {
      dispatcher = new Agent({
        // HTTP/1.1: a stream that is not read (a log, a watch) must not hold up the other calls of its connection.
        allowH2: false,
        // The API server closes idle connections after 90 s; undici's own 4 s would reconnect between two steps.
        keepAliveTimeout: 30_000,
        connect: { timeout: 10_000, keepAlive: true, keepAliveInitialDelay: 30_000, ...tls },
      });
    } else {
      // HTTP and SOCKS proxies: client-node knows how; what it made for this one call is kept.
      await super.applySecurityAuthentication(context);
      dispatcher = context.getDispatcher();
    }
    if (!dispatcher) throw new Error(`no dispatcher for a connection of type ${options.type}`);
    // The one before is not closed: calls may still run on it, and its idle sockets end after keepAliveTimeout.
    this.#pinned = { key: hash, dispatcher };
    return dispatcher;
  }

  /** Ends the idle connections; calls that still run are awaited. Only for processes and tests that end. */
  async close(): Promise<void> {
    const pinned = this.#pinned;
    this.#pinned = undefined;
    await pinned?.dispatcher.close();
  }

  toJSON(): { context: string } {
    return { context: this.currentContext };
  }

  [inspect.custom](): string {
    return `KubeConfig(${this.currentContext})`;
  }
}

/** The parts that decide with whom a TLS connection is made; absent ones stay absent. */
function tlsOf({ ca, cert, key, pfx, passphrase, rejectUnauthorized, servername }: RequestOptions) {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(pfx === undefined ? {} : { pfx }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    ...(servername === undefined ? {} : { servername }),
  };
}
