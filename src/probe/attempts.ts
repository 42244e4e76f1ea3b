import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { connect, isIPv6 } from 'node:net';
import type { ProbePath } from '../model/probe.ts';

/** Makes one attempt on a path; resolves with why it failed, or with undefined. Never rejects. */
export type Attempt = (number: number, timeoutMs: number) => Promise<string | undefined>;

/** What is sent, and has to come back. */
function payload(number: number): string {
  return `proxyshift ${number}\n`;
}

/** A new connection for each attempt: it is made, a message goes there and back. */
export function newConnection({ host, port }: ProbePath): Attempt {
  return (number, timeoutMs) => {
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const socket = connect({ host, port, noDelay: true });
    const timer = setTimeout(() => end('timeout'), timeoutMs);
    const end = (error?: string) => {
      clearTimeout(timer);
      // By a reset, so that thousands of attempts leave no thousands of connections in TIME_WAIT. One that is still being made
      // would be waited for first (net.Socket.resetAndDestroy), for as long as the kernel tries.
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
      resolve(error);
    };
    const sent = payload(number);
    let received = '';
    socket.setEncoding('latin1');
    socket.once('connect', () => socket.write(sent));
    socket.on('data', (data) => {
      received += data;
      if (received === sent) end();
      else if (!sent.startsWith(received)) end('another answer');
    });
    socket.once('end', () => end('closed'));
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    return promise;
  };
}

/** A datagram for each attempt, from a port of its own. */
export function datagram({ host, port }: ProbePath): Attempt {
  return (number, timeoutMs) => {
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    const timer = setTimeout(() => end('timeout'), timeoutMs);
    let ended = false;
    const end = (error?: string) => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      socket.close();
      resolve(error);
    };
    const sent = payload(number);
    socket.on('message', (message) => end(message.toString('latin1') === sent ? undefined : 'another answer'));
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    // Connected, so that an ICMP error comes back as one (ip(7)).
    socket.connect(port, host, (error?: NodeJS.ErrnoException) => {
      if (error) end(error.code ?? error.message);
      else if (!ended) socket.send(sent);
    });
    return promise;
  };
}

/** That there is no such name, or nothing of the kind, is an answer too. */
const answers: ReadonlySet<string | undefined> = new Set(['ENOTFOUND', 'ENODATA']);

/** A question to this server, once. */
export function question({ host, port, name = '.' }: ProbePath): Attempt {
  return (_, timeoutMs) => {
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
    resolver.setServers([isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`]);
    // c-ares counts in steps of its own.
    const timer = setTimeout(() => end('timeout'), timeoutMs);
    const end = (error?: string) => {
      clearTimeout(timer);
      resolve(error);
      resolver.cancel();
    };
    resolver.resolve4(name).then(
      () => end(),
      ({ code, message }: NodeJS.ErrnoException) => {
        if (answers.has(code)) end();
        else end(code === 'ETIMEOUT' ? 'timeout' : (code ?? message));
      },
    );
    return promise;
  };
}
