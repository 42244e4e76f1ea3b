import { connect, type Socket } from 'node:net';
import type { ProbePath } from '../model/probe.ts';
import type { Attempt } from './attempts.ts';

/** Before a connection that was lost is made anew (ms). */
const AGAIN_MS = 100;

/**
 * One connection that stays open, with a numbered message for each attempt. An answer that comes later than the time limit counts
 * as none; TCP sends again meanwhile, and a connection that lives through a gap is not lost.
 *
 * Where it is lost, it is made anew at once, and again until it can be.
 */
export class HeldConnection {
  readonly #path: ProbePath;
  readonly #onLost: (error: string) => void;
  /** By their number: who waits for an answer. */
  readonly #waiting = new Map<number, (error?: string) => void>();
  #socket: Socket | undefined;
  #rest = '';
  /** Why there is no connection now. */
  #why = 'not connected yet';
  #closed = false;
  #again: NodeJS.Timeout | undefined;

  /** @param onLost told whenever an open connection is lost, with the reason */
  constructor(path: ProbePath, onLost: (error: string) => void) {
    this.#path = path;
    this.#onLost = onLost;
    this.#open();
  }

  /** Ends it for good; nobody may wait for an answer by then. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#again);
    this.#socket?.destroy();
  }

  readonly attempt: Attempt = (number, timeoutMs) => {
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const timer = setTimeout(() => end('timeout'), timeoutMs);
    const end = (error?: string) => {
      clearTimeout(timer);
      this.#waiting.delete(number);
      resolve(error);
    };
    this.#waiting.set(number, end);
    if (this.#socket?.readyState === 'open') this.#socket.write(`${number}\n`);
    // One that is being made sends what waits by then.
    else if (!this.#socket?.connecting) end(this.#why);
    return promise;
  };

  #open(): void {
    const socket = connect({ host: this.#path.host, port: this.#path.port, noDelay: true });
    this.#socket = socket;
    this.#rest = '';
    let opened = false;
    socket.setEncoding('latin1');
    socket.once('connect', () => {
      opened = true;
      for (const number of this.#waiting.keys()) socket.write(`${number}\n`);
    });
    socket.on('data', (data) => this.#read(String(data)));
    socket.once('end', () => socket.destroy());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#why = error.code ?? error.message;
    });
    socket.once('close', () => {
      if (this.#closed) return;
      const why = socket.errored ? this.#why : 'closed';
      this.#why = why;
      if (opened) this.#onLost(why);
      for (const end of [...this.#waiting.values()]) end(why);
      this.#again = setTimeout(() => this.#open(), AGAIN_MS);
    });
  }

  #read(data: string): void {
    const lines = (this.#rest + data).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#waiting.get(Number(line))?.();
  }
}
