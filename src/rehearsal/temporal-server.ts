import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import type { SearchAttributeType } from '@temporalio/common';
import { Failure } from '../model/failure.ts';
import { freePorts } from './binaries/free-ports.ts';
import { spawnTied, type TiedProcess } from './binaries/tied-process.ts';

/** How many of the server's last log lines an error quotes. */
const quotedLines = 12;
/** Between two attempts to reach a server that is starting, in ms. */
const retryInterval = 100;
/** A free port can be taken by somebody else before the server listens on it: how often other ones are tried. */
const portAttempts = 3;
const localhost = '127.0.0.1';

/** A search attribute to register: what `defineSearchAttributeKey` answers fits. */
export interface SearchAttribute {
  name: string;
  type: SearchAttributeType;
}

export interface StartTemporalOptions {
  /** The Temporal CLI (`resolveBinaries(['temporal'])`). */
  binary: string;
  /** Created if it does not exist. Default: `default`. */
  namespace?: string;
  searchAttributes?: readonly SearchAttribute[];
  /** Where the server keeps its state. Without it, the state ends with the server. */
  dataFile?: string;
  /** The port of the gRPC API. Default: a free one. */
  port?: number;
  /** The port of the UI. Default: a free one. */
  uiPort?: number;
  /** How long the server may take until it answers, in ms. Default: 60,000. */
  timeout?: number;
  onProgress?: (line: string) => void;
  /** Aborting ends a start that is under way. A server that runs is ended by `stop()`, when its users are done. */
  signal?: AbortSignal;
}

/** A Temporal server that can be reached. */
export interface TemporalServer {
  /** `host:port` of the gRPC API. */
  address: string;
  namespace: string;
  /** The server's version, as it says. */
  version: string;
}

/** A dev server that was started here. */
export interface StartedTemporal extends TemporalServer {
  uiUrl: string;
  pid: number;
  /** SIGINT, then SIGKILL after 10 s. Resolves when the process has ended; a second call waits for the same end. */
  stop(): Promise<void>;
  /** Settles when the process ends, asked to or not. */
  exited: Promise<unknown>;
}

/**
 * Starts Temporal's dev server with its UI, both on 127.0.0.1, and resolves when the namespace answers a gRPC call and
 * the UI an HTTP request.
 *
 * The server does not see the terminal's Ctrl-C (workers still need it while they shut down), and ends when this
 * process does: see {@link spawnTied} for how, and for what it cannot do.
 *
 * @throws Failure `Unhealthy` with the server's last log lines when it ends early or is late; the reason of `signal`.
 */
export async function startTemporal(options: StartTemporalOptions): Promise<StartedTemporal> {
  for (let attempt = 1; ; attempt++) {
    options.signal?.throwIfAborted();
    const [freePort, freeUiPort] = await freePorts(localhost);
    const ports = { port: options.port ?? freePort, uiPort: options.uiPort ?? freeUiPort };
    try {
      return await startOn(ports, options);
    } catch (error) {
      const chosen = options.port !== undefined && options.uiPort !== undefined;
      if (chosen || attempt === portAttempts || !(error instanceof PortTaken)) throw error;
      options.onProgress?.('temporal: the port was taken meanwhile, trying another');
    }
  }
}

class PortTaken extends Failure {}

async function startOn(
  { port, uiPort }: { port: number; uiPort: number },
  { binary, namespace = 'default', timeout = 60_000, signal, ...options }: StartTemporalOptions,
): Promise<StartedTemporal> {
  const address = `${localhost}:${port}`;
  const uiUrl = `http://${localhost}:${uiPort}`;
  const server = spawnTied(binary, [
    ...['server', 'start-dev', '--ip', localhost, '--port', String(port), '--ui-port', String(uiPort)],
    ...['--namespace', namespace, '--log-level', 'warn', '--color', 'never', '--ui-disable-news-fetch'],
    // A profile of the person who runs this is for their own servers.
    ...['--disable-config-file', '--disable-config-env'],
    ...(options.dataFile ? ['--db-filename', options.dataFile] : []),
    ...(options.searchAttributes ?? []).flatMap((it) => ['--search-attribute', `${it.name}=${cliType[it.type]}`]),
  ]);
  const lastLines = keepLastLines(server);
  const started = performance.now();
  options.onProgress?.(`temporal: starting on ${address}`);

  const ready = new AbortController();
  const giveUp = AbortSignal.any([ready.signal, AbortSignal.timeout(timeout), ...(signal ? [signal] : [])]);
  try {
    const early = server.exited.then(({ code, signal: by }) => {
      const how = by ? `was killed by ${by}` : `ended with ${code}`;
      throw failure(`Temporal's dev server ${how} before it answered.`, lastLines);
    });
    const version = await Promise.race([
      early,
      Promise.all([untilAnswers(address, namespace, giveUp), untilUiAnswers(uiUrl, giveUp)]).then(([it]) => it),
    ]);
    options.onProgress?.(`temporal: ready in ${((performance.now() - started) / 1000).toFixed(1)} s, UI at ${uiUrl}`);
    const stop = async () => void (await server.stop(10_000));
    return { address, uiUrl, namespace, version, pid: server.pid, stop, exited: server.exited };
  } catch (error) {
    await server.stop();
    signal?.throwIfAborted();
    if (error instanceof Failure) throw error;
    throw failure(`Temporal's dev server did not answer at ${address} within ${timeout / 1000} s.`, lastLines, error);
  } finally {
    ready.abort();
  }
}

/** The server's version, once it serves `namespace`. Rejects when `signal` is aborted. */
async function untilAnswers(address: string, namespace: string, signal: AbortSignal): Promise<string> {
  for (;;) {
    try {
      return await describe(address, namespace, 1_000, signal);
    } catch (error) {
      // The namespace is created after the API opens: until then it is NOT_FOUND. There is nothing to watch.
      await delay(retryInterval, undefined, { signal }).catch(() => {
        throw error;
      });
    }
  }
}

async function untilUiAnswers(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      const response = await fetch(url, { signal });
      await response.body?.cancel();
      if (response.ok) return;
    } catch {
      signal.throwIfAborted(); // Not listening yet: there is nothing to watch.
    }
    await delay(retryInterval, undefined, { signal });
  }
}

/** One gRPC connection, one call that only a server which works can answer. */
async function describe(address: string, namespace: string, timeout: number, signal?: AbortSignal): Promise<string> {
  const deadline = Date.now() + timeout;
  const connection = await Connection.connect({
    address,
    connectTimeout: timeout,
    // gRPC's own first pause after a refused connection is 1 s.
    channelArgs: { 'grpc.initial_reconnect_backoff_ms': retryInterval, 'grpc.max_reconnect_backoff_ms': 500 },
  });
  try {
    const call = () => connection.workflowService.describeNamespace({ namespace });
    const bounded = () => connection.withDeadline(deadline, call);
    await (signal ? connection.withAbortSignal(signal, bounded) : bounded());
    const { serverVersion } = await connection.withDeadline(deadline, () =>
      connection.workflowService.getSystemInfo({}),
    );
    return serverVersion ?? 'unknown';
  } finally {
    await connection.close();
  }
}

/** The names that `--search-attribute` understands. */
const cliType: Record<SearchAttributeType, string> = {
  TEXT: 'Text',
  KEYWORD: 'Keyword',
  INT: 'Int',
  DOUBLE: 'Double',
  BOOL: 'Bool',
  DATETIME: 'Datetime',
  KEYWORD_LIST: 'KeywordList',
};

/** The last lines that the server prints, as an array that goes on changing. */
function keepLastLines(server: TiedProcess): readonly string[] {
  const lines: string[] = [];
  for (const input of [server.stdout, server.stderr]) {
    createInterface({ input }).on('line', (line) => {
      if (line.trim()) lines.push(line);
      lines.splice(0, lines.length - quotedLines);
    });
  }
  return lines;
}

function failure(message: string, lines: readonly string[], cause?: unknown): Failure {
  const said =
    lines.length > 0 ? `Its last lines:\n${lines.map((line) => `    ${line}`).join('\n')}` : 'It said nothing.';
  const taken = lines.some((line) => /address already in use|can't set (frontend|UI) port/i.test(line));
  return new (taken ? PortTaken : Failure)(
    'Unhealthy',
    message,
    { object: 'Temporal dev server', hint: said },
    { cause },
  );
}
