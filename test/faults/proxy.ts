import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https, { type RequestOptions } from 'node:https';
import type { createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { KubeConfig } from '@kubernetes/client-node';
import { parseDocument } from 'yaml';

/** What happens to a request instead of, or after, reaching the API server. */
export type Fault =
  | { status: number; headers?: Record<string, string>; body?: string }
  | 'hang'
  | 'cut'
  /** The answer of the API server, cut off after so many bytes. */
  | { cutAfterBytes: number };

export interface FaultRule {
  /** Matched against method, a space, path and query: `GET /api/v1/nodes?limit=500`. */
  match: RegExp;
  fault: Fault;
  /** How many requests it hits; default 1. */
  times?: number;
}

/** Stands between a client and an API server. Every request that no rule hits passes unchanged. */
export interface FaultProxy extends AsyncDisposable {
  /** A copy of the kubeconfig, with the same contexts, whose server is this proxy. */
  readonly kubeconfigPath: string;
  /** `METHOD path?query` of every request so far, oldest first. */
  readonly requests: string[];
  /** TCP connections of clients so far. */
  readonly connections: number;
  inject(rule: FaultRule): void;
  /** Cuts every connection that is open now: what a restart of a load balancer does. */
  cutAll(): void;
}

/** Starts a proxy on a free port of the loopback address, for one context of a kubeconfig. */
export async function startFaultProxy(kubeconfigPath: string, context: string): Promise<FaultProxy> {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(kubeconfigPath);
  kubeConfig.setCurrentContext(context);
  const upstream = new URL(kubeConfig.getCurrentCluster()?.server ?? '');
  const credentials: RequestOptions = {};
  await kubeConfig.applyToHTTPSOptions(credentials);

  const rules: Required<FaultRule>[] = [];
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;

  const faultFor = (request: IncomingMessage): Fault | undefined => {
    const line = `${request.method} ${request.url}`;
    requests.push(line);
    const rule = rules.find((candidate) => candidate.times > 0 && candidate.match.test(line));
    if (rule) rule.times -= 1;
    return rule?.fault;
  };
  const forward = ({ method, url, headers }: IncomingMessage) =>
    https.request({
      ...credentials,
      host: upstream.hostname,
      port: upstream.port,
      method,
      path: url,
      headers: { ...headers, ...credentials.headers, host: upstream.host },
    });

  const server = http.createServer((request: IncomingMessage, response: ServerResponse) => {
    const fault = faultFor(request);
    if (fault === 'hang') return;
    if (fault === 'cut') {
      request.socket.destroy();
      return;
    }
    if (fault && 'status' in fault) {
      response.writeHead(fault.status, fault.headers).end(fault.body);
      return;
    }
    const call = forward(request);
    call.on('error', () => request.socket.destroy());
    response.on('close', () => call.destroy());
    call.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.flushHeaders();
      let left = fault?.cutAfterBytes ?? Number.POSITIVE_INFINITY;
      answer.on('data', (chunk: Buffer) => {
        response.write(chunk.subarray(0, left));
        left -= chunk.length;
        // Written bytes must leave before the cut.
        if (left <= 0) request.socket.end(() => request.socket.destroy());
      });
      answer.on('end', () => response.end());
      answer.on('error', () => request.socket.destroy());
    });
    request.pipe(call);
  });

  // Web sockets: port-forward.
  server.on('upgrade', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    const fault = faultFor(request);
    if (fault === 'hang') return;
    if (fault && typeof fault === 'object' && 'status' in fault) {
      const body = fault.body ?? '';
      client.end(
        `HTTP/1.1 ${fault.status} Fault\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      return;
    }
    if (fault) {
      client.destroy();
      return;
    }
    const call = forward(request);
    call.on('error', () => client.destroy());
    call.on('response', (answer) => {
      client.write(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\nConnection: close\r\n\r\n`);
      answer.pipe(client);
    });
    call.on('upgrade', (answer, socket, first) => {
      const headers = answer.rawHeaders.reduce((text, part, i) => text + part + (i % 2 ? '\r\n' : ': '), '');
      client.write(`HTTP/1.1 101 Switching Protocols\r\n${headers}\r\n`);
      client.write(first);
      socket.write(head);
      client.on('error', () => socket.destroy()).on('close', () => socket.destroy());
      socket.on('error', () => client.destroy()).on('close', () => client.destroy());
      socket.pipe(client).pipe(socket);
    });
    call.end();
  });
  server.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const port = await listen(server);

  const directory = await mkdtemp(join(tmpdir(), 'fault-proxy-'));
  const path = join(directory, 'kubeconfig');
  const document = parseDocument(await readFile(kubeconfigPath, 'utf8'));
  document.setIn(
    ['clusters'],
    document.createNode([
      {
        name: kubeConfig.getCurrentCluster()?.name,
        cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true },
      },
    ]),
  );
  await writeFile(path, document.toString(), { mode: 0o600 });

  return {
    kubeconfigPath: path,
    requests,
    get connections() {
      return connections;
    },
    inject(rule) {
      rules.push({ times: 1, ...rule });
    },
    cutAll() {
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP address');
  return address.port;
}
