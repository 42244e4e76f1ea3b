import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A TCP proxy that can be cut, as a way to a server can. */
export interface CutProxy {
  port: number;
  /** From now on nothing gets through: bytes are dropped, new connections are taken and never answered. */
  drop: () => void;
  /** From now on everything new gets through again. What was sent meanwhile never does. */
  heal: () => void;
  /** Resets every connection that there is. */
  reset: () => void;
}

export async function startCutProxy(to: number): Promise<CutProxy> {
  const sockets = new Set<Socket>();
  let cut = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    keep(client);
    if (cut) return;
    const upstream = connect(to, '127.0.0.1');
    keep(upstream);
    client.on('data', (data) => void (cut || upstream.write(data)));
    upstream.on('data', (data) => void (cut || client.write(data)));
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    port: (server.address() as AddressInfo).port,
    drop: () => {
      cut = true;
    },
    heal: () => {
      cut = false;
    },
    reset: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
  };
}
