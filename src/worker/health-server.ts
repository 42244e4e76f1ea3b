import { createServer, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { Failure } from '../model/failure.ts';
import { asksForOpenMetrics, OPEN_METRICS, toOpenMetrics } from './open-metrics.ts';

export interface HealthServerOptions {
  host: string;
  port: number;
  /** The state of the worker; `RUNNING` is healthy. */
  state: () => string;
  registry: Registry;
}

/** `/healthz` and `/metrics`. */
export interface HealthServer extends AsyncDisposable {
  port: number;
}

/** Listens. @throws Failure `Invalid` where the address cannot be had */
export async function startHealthServer({ host, port, state, registry }: HealthServerOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'text/plain', 'GET only\n');
    if (path === '/healthz') {
      const now = state();
      return answer(response, now === 'RUNNING' ? 200 : 503, 'application/json', `${JSON.stringify({ state: now })}\n`);
    }
    if (path === '/metrics') {
      const open = asksForOpenMetrics(request.headers.accept);
      registry.metrics().then(
        (text) => {
          if (open) answer(response, 200, OPEN_METRICS, toOpenMetrics(text));
          else answer(response, 200, registry.contentType, text);
        },
        (error: unknown) => answer(response, 500, 'text/plain', `${String(error)}\n`),
      );
      return;
    }
    return answer(response, 404, 'text/plain', 'Here are /healthz and /metrics.\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(host, port, error)));
    server.listen(port, host, resolve);
  });
  // A scrape must not keep a worker from ending.
  server.unref();
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}

function cannotListen(host: string, port: number, error: NodeJS.ErrnoException): Failure {
  const why = error.code === 'EADDRINUSE' ? 'the port is in use' : error.message;
  return new Failure(
    'Invalid',
    `Cannot serve /healthz at ${host}:${port}: ${why}.`,
    { hint: 'Choose another with --health-port, or turn it off with --health-port 0.' },
    { cause: error },
  );
}
