import { Failure } from '../../model/failure.ts';
import type { PathVerdict, Segment } from '../../model/probe.ts';
import { startEchoServer } from '../../probe/echo-server.ts';
import { parsePath } from '../../probe/parse-path.ts';
import { Prober } from '../../probe/prober.ts';
import { Stalls } from '../../probe/stalls.ts';
import { onShutdownSignal } from '../../worker/shutdown-signals.ts';
import { colorsFor } from '../colors.ts';
import type { ProbeServeOptions, ProbeWatchOptions } from '../probe.ts';
import { outageTeller, verdictLines } from '../render/probe.ts';
import { printJson } from './output.ts';

/** `proxyshift probe watch`. Returns the exit code. */
export async function watchPaths(texts: readonly string[], options: ProbeWatchOptions): Promise<number> {
  const { every: everyMs, timeout: timeoutMs, duration, limit, output } = options;
  if (everyMs < 20 || everyMs > 1_000)
    throw new Failure('Refused', `--every is ${everyMs} ms`, { hint: 'Give 20ms to 1s.' });
  const paths = texts.map(parsePath);
  const { stderr } = process;
  using asked = onShutdownSignal(() => stderr.write('\n'));
  const ends = [asked.signal, ...(duration === undefined ? [] : [AbortSignal.timeout(duration)])];
  const signal = AbortSignal.any(ends);
  const stalls = new Stalls();
  // Attempts that are under way when it ends are waited for, and judged as those before.
  const over = new AbortController();
  stalls.watch(over.signal);
  const onSegment = (segment: Segment) => process.stdout.write(`${JSON.stringify(segment)}\n`);
  const attempts = Math.max(1, Math.round(options.segment / everyMs));
  const probers = paths.map((path) => {
    const teller = outageTeller(path, colorsFor(stderr), (line) => stderr.write(`${line}\n`));
    const told = output === 'jsonl' ? { segments: { attempts, onSegment } } : {};
    return new Prober({ path, everyMs, timeoutMs, stalls, ...teller, ...told });
  });
  const until = duration === undefined ? 'until Ctrl-C' : `for ${duration / 1_000} s`;
  stderr.write(`asking every ${everyMs} ms on ${paths.length === 1 ? 'one path' : `${paths.length} paths`} ${until}\n`);
  await Promise.all(probers.map((prober) => prober.run(signal))).finally(() => over.abort());
  const verdicts = probers.flatMap((prober) => prober.verdict() ?? []);
  if (output === 'jsonl') return exitCode(verdicts, limit);
  if (output === 'json') printJson({ probeVersion: 1, paths: verdicts });
  else process.stdout.write(`${verdictLines(verdicts, colorsFor(process.stdout)).join('\n')}\n`);
  return exitCode(verdicts, limit);
}

/** What is not known counts: nobody can say that it was within the limit. */
function exitCode(verdicts: readonly PathVerdict[], limit: number | undefined): number {
  return limit !== undefined && verdicts.some(({ longestGapAtMostMs }) => longestGapAtMostMs > limit) ? 1 : 0;
}

/** `proxyshift probe serve`. Returns the exit code. */
export async function serveProbes({ host, port }: ProbeServeOptions): Promise<number> {
  using asked = onShutdownSignal(() => undefined);
  await using server = await startEchoServer({ host, port }).catch((cause: NodeJS.ErrnoException) => {
    const hint = 'Give another --host or --port.';
    throw new Failure('Refused', `cannot listen on ${host}, port ${port}: ${cause.code}`, { hint }, { cause });
  });
  process.stderr.write(`answering on ${host}, port ${server.port}, by TCP and UDP\n`);
  await new Promise((resolve) => {
    if (asked.signal.aborted) resolve(undefined);
    else asked.signal.addEventListener('abort', resolve, { once: true });
  });
  return 0;
}
