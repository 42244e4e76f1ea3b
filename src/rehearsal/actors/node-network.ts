import { readFile, rm } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { KubeletOptions } from './kubelet.ts';
import { kubeletHandlers } from './kubelet.ts';

export interface NodeNetworkOptions extends KubeletOptions {
  /** Unix socket that the API server has been told to use (control-plane.ts). */
  socketPath: string;
  /** Where `admin.crt` and `admin.key` are. The API server does not verify kubelets, as with kubeadm's defaults. */
  pkiDir: string;
  /** The name of the node that has this address, or `undefined` where nobody has it. */
  nodeAt: (address: string) => string | undefined;
  /** Whether the node answers; a knob for tests. */
  reachable: (node: string) => boolean;
}

/** The network between the API server and the nodes' kubelets, all in this process. */
export interface NodeNetwork {
  close(): Promise<void>;
}

/**
 * Answers the `CONNECT <node address>:10250` that the API server's egress selector sends before each connection to a
 * kubelet (k8s.io/apiserver pkg/server/egressselector), and serves that kubelet over the tunnel.
 */
export async function startNodeNetwork(options: NodeNetworkOptions): Promise<NodeNetwork> {
  const [cert, key] = await Promise.all(['admin.crt', 'admin.key'].map((file) => readFile(join(options.pkiDir, file))));
  const { onRequest, onUpgrade } = kubeletHandlers(options);
  const kubelet = createHttpsServer(
    { ...(cert ? { cert } : {}), ...(key ? { key } : {}), ALPNProtocols: ['http/1.1'] },
    onRequest,
  );
  kubelet.on('upgrade', onUpgrade);
  // A log that is followed may be silent for a long time.
  kubelet.requestTimeout = 0;
  kubelet.keepAliveTimeout = 120_000;

  const open = new Set<Duplex>();
  const proxy = createHttpServer((_request, response) => response.writeHead(405).end());
  proxy.on('connect', (request, socket) => {
    const [address = '', port = ''] = (request.url ?? '').split(':');
    const node = options.nodeAt(address);
    socket.on('error', () => socket.destroy()); // The API server hung up: nothing is left to answer.
    if (node === undefined || port !== '10250' || !options.reachable(node)) {
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      return;
    }
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    kubelet.emit('connection', socket);
  });
  await new Promise<void>((resolve, reject) => {
    proxy.once('error', reject);
    proxy.listen(options.socketPath, resolve);
  });
  return {
    async close() {
      const closed = new Promise((resolve) => proxy.close(resolve));
      proxy.closeAllConnections();
      for (const socket of open) socket.destroy();
      await closed;
      await rm(options.socketPath, { force: true });
    },
  };
}
