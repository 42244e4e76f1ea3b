/**
 * What runs in the pods that observe traffic, on any image with Node 18 or newer: a server that answers, or a client that asks
 * on every path again and again. The client prints one line of JSON for each answer, and for each that did not come.
 *
 * It is sent to the cluster as it is, without its types; it imports nothing of this project.
 */
import { createSocket } from 'node:dgram';
import { connect, createServer, isIPv6, type Socket } from 'node:net';

/** A way to the servers that is asked on. */
interface Path {
  name: string;
  kind: 'tcp' | 'udp' | 'held';
  host: string;
  port: number;
  /** Between two attempts (ms). */
  everyMs: number;
}

/**
 * `at`: when the attempt began (ms since the epoch). `ms`: how long it took. `error`: why it failed. `stalled`: this process did
 * not run for a while meanwhile, so that it cannot say whether an answer would have come in time.
 */
type Line = { path: string; at: number; ms: number; error?: string; stalled?: true; opened?: true };

/** Below one second, so that a lost SYN is a failed attempt and no slow one (RFC 6298: 1 s until it is sent again). */
const TIMEOUT_MS = 900;
/** TCP may send again over a gap: a held connection is given up after this silence (ms). */
const HELD_TIMEOUT_MS = 5_000;
const PORT = 8080;
/** How often it is looked whether this process runs, and how late it may be (ms). */
const TICK_MS = 50;
const STALL_MS = 300;
/** The ends of the last stall. */
let stalledFrom = 0;
let stalledTo = 0;

const lines: string[] = [];
const emit = (line: Line) => {
  const stalled = line.error !== undefined && line.at <= stalledTo && Date.now() >= stalledFrom;
  lines.push(JSON.stringify(stalled ? { ...line, stalled } : line));
};
const flush = () => {
  if (lines.length > 0) process.stdout.write(`${lines.splice(0).join('\n')}\n`);
};

function serve(): void {
  createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (data) => socket.write(data));
  }).listen(PORT);
  for (const type of ['udp4', 'udp6'] as const) {
    const udp = createSocket({ type, ipv6Only: type === 'udp6' });
    udp.on('message', (message, from) => udp.send(message, from.port, from.address));
    // A cluster of one family has pods of one family; a path that nobody answers on is seen by its clients.
    udp.on('error', (error) => process.stderr.write(`${type}: ${error.message}\n`));
    udp.bind(PORT);
  }
}

/**
 * The time limit of an attempt. Timers come before what has arrived, where a process has not run for a while: so what is there
 * is read before the limit counts, and the stall is known.
 */
function limit(over: () => void): { clear: () => void } {
  let timer = setTimeout(() => {
    timer = setTimeout(over, 2 * TICK_MS);
  }, TIMEOUT_MS);
  return { clear: () => clearTimeout(timer) };
}

/** One attempt; resolves with why it failed. */
function once({ kind, host, port }: Path): Promise<string | undefined> {
  return new Promise((resolve) => {
    if (kind === 'udp') {
      const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
      const end = (error?: string) => {
        timer.clear();
        socket.close();
        resolve(error);
      };
      const timer = limit(() => end('timeout'));
      socket.once('message', () => end());
      socket.once('error', (error) => end(error.message));
      socket.send('hi', port, host);
      return;
    }
    const socket = connect({ host, port });
    const end = (error?: string) => {
      timer.clear();
      // Closed by a reset: no TIME_WAIT stays behind. One that is still being made would be waited for first.
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
      resolve(error);
    };
    const timer = limit(() => end('timeout'));
    socket.once('connect', () => socket.write('hi'));
    socket.once('data', () => end());
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}

function every(path: Path): void {
  setInterval(async () => {
    const at = Date.now();
    const why = await once(path);
    const ms = Date.now() - at;
    const error = why ?? (ms > TIMEOUT_MS + 2 * TICK_MS ? 'late' : undefined);
    emit({ path: path.name, at, ms, ...(error ? { error } : {}) });
  }, path.everyMs);
}

/** A connection that stays open, asked on again and again; where it breaks, that is told, and it is made anew. */
function held(path: Path): void {
  let socket: Socket | undefined;
  let asked: number | undefined;
  const open = () => {
    const at = Date.now();
    const current = connect({ host: path.host, port: path.port });
    socket = current;
    asked = undefined;
    let opened = false;
    const broken = (error: string) => {
      if (socket !== current) return;
      socket = undefined;
      if (opened) emit({ path: path.name, at: asked ?? Date.now(), ms: 0, error });
      current.destroy();
      setTimeout(open, path.everyMs);
    };
    current.setTimeout(HELD_TIMEOUT_MS, () => broken('silent'));
    current.once('connect', () => {
      opened = true;
      emit({ path: path.name, at, ms: Date.now() - at, opened: true });
    });
    current.on('data', () => {
      if (asked === undefined) return;
      emit({ path: path.name, at: asked, ms: Date.now() - asked });
      asked = undefined;
    });
    current.once('error', (error: NodeJS.ErrnoException) => broken(error.code ?? error.message));
    current.once('close', () => broken('closed'));
  };
  open();
  setInterval(() => {
    if (socket === undefined || socket.connecting || asked !== undefined) return;
    asked = Date.now();
    socket.write('hi');
  }, path.everyMs);
}

if (process.argv[2] === 'server') serve();
else {
  const paths: Path[] = JSON.parse(process.env.PATHS ?? '[]');
  for (const path of paths) {
    // A NodePort is asked on the node that the client is on.
    const here = { ...path, host: path.host === 'NODE' ? (process.env.HOST_IP ?? '') : path.host };
    if (path.kind === 'held') held(here);
    else every(here);
  }
  setInterval(flush, 500);
  let last = Date.now();
  setInterval(() => {
    const now = Date.now();
    if (now - last > TICK_MS + STALL_MS) [stalledFrom, stalledTo] = [last, now];
    last = now;
  }, TICK_MS);
}
process.once('SIGTERM', () => {
  flush();
  process.exit(0);
});
