import { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

const dataChannel = 0;
const errorChannel = 1;

/**
 * Serves one forwarded port over a `v4.channel.k8s.io` WebSocket: each frame begins with its channel, data (0) or
 * error (1), and the first frame of each is the port as two bytes, little-endian
 * (k8s.io/kubelet pkg/cri/streaming/portforward/websocket.go).
 *
 * @param accept gets the connection; false means that nothing listens on the port
 */
export function forwardPort(webSocket: WebSocket, port: number, accept: (connection: Duplex) => boolean): void {
  const send = (channel: number, payload: Buffer, done?: (error?: Error) => void) =>
    webSocket.send(Buffer.concat([Buffer.of(channel), payload]), { binary: true }, done);
  const portBytes = Buffer.alloc(2);
  portBytes.writeUInt16LE(port);
  send(dataChannel, portBytes);
  send(errorChannel, portBytes);

  const connection = new Duplex({
    // The other side reads as fast as it can: WebSockets have no back-pressure of their own.
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => send(dataChannel, chunk, (error) => done(error)),
    final: (done) => {
      webSocket.close();
      done();
    },
    destroy: (error, done) => {
      webSocket.close();
      done(error);
    },
  });
  connection.on('error', () => webSocket.terminate());
  webSocket.on('message', (message, isBinary) => {
    if (!isBinary || !Buffer.isBuffer(message) || message.length < 1) return;
    if (message[0] === dataChannel) connection.push(message.subarray(1));
  });
  webSocket.once('close', () => connection.push(null));
  webSocket.on('error', () => connection.destroy());

  if (!accept(connection)) {
    // What containerd says (internal/cri/server sandbox_portforward_linux.go).
    const refused = `failed to connect to localhost:${port} inside namespace "", IPv4: dial tcp4 127.0.0.1:${port}: connect: connection refused`;
    send(
      errorChannel,
      Buffer.from(
        `error forwarding port ${port}: failed to execute portforward in network namespace "host": ${refused}`,
      ),
    );
    connection.destroy();
  }
}
