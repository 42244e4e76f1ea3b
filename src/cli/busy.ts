import { createLogUpdate } from 'log-update';
import { readable } from '../model/readable.ts';
import { colorsFor } from './colors.ts';

/** Work that is shown only once it takes longer than this (ms). */
const PATIENCE_MS = 700;
const REDRAW_MS = 250;

/** A line at the terminal that says that something goes on. */
export interface Busy extends Disposable {
  /** One more request was answered. */
  request: () => void;
}

/** Shows for how long something has been going on, in place on a terminal; nothing elsewhere. Taken away when disposed. */
export function showBusy(what: string, stream: NodeJS.WriteStream): Busy {
  let requests = 0;
  const request = () => {
    requests += 1;
  };
  if (!stream.isTTY) return { request, [Symbol.dispose]: () => undefined };
  const { dim } = colorsFor(stream);
  const draw = createLogUpdate(stream, { showCursor: true });
  const started = Date.now();
  const timer = setInterval(() => {
    const ms = Date.now() - started;
    if (ms >= PATIENCE_MS) draw(dim(`${what}: ${readable(Math.floor(ms / 1_000) * 1_000)}, request ${requests}`));
  }, REDRAW_MS);
  timer.unref();
  return {
    request,
    [Symbol.dispose]: () => {
      clearInterval(timer);
      draw.clear();
    },
  };
}
