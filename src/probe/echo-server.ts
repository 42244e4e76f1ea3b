import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface EchoServer extends AsyncDisposable {
  port: number;
}

/** How many ports are tried where any will do: one that is free for TCP may be taken for UDP. */
const ATTEMPTS = 10;

/**
 * Sends back what it is sent, by TCP and UDP on the same port: what a probe asks.
 * @param port 0: any that is free
 * @throws Error of the operating system where the port cannot be had
 */
export async function startEchoServer({ host, port }: { host: string; port: number }): Promise<EchoServer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await listen(host, port);
    } catch (error) {
      const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (port !== 0 || !taken || attempt === ATTEMPTS) throw error;
    }
  }
}

async function listen(host: string, wanted: number): Promise<EchoServer> {
  await using cleanup = new AsyncDisposableStack();
  const sockets = new Set<Socket>();
  const tcp = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // Whoever asks has reset its connection, as every probe does.
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  cleanup.defer(async () => {
    const closed = once(tcp, 'close');
    tcp.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  tcp.listen(wanted, host);
  await once(tcp, 'listening');
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  udp.on('message', (message, from) => udp.send(message, from.port, from.address));
  udp.bind(port, host);
  await once(udp, 'listening');
  cleanup.defer(() => new Promise((resolve) => udp.close(() => resolve())));
  const kept = cleanup.move();
  return { port, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
