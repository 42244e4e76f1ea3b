import { Command, Option } from 'commander';
import { examples, outputOption, timeSpan, wholeNumber } from './options.ts';

export interface ProbeWatchOptions {
  every: number;
  timeout: number;
  duration?: number;
  limit?: number;
  segment: number;
  output: string;
}

export interface ProbeServeOptions {
  host: string;
  port: number;
}

export function probeCommand(): Command {
  return new Command('probe')
    .description(
      'Watches whether traffic flows, and says how long it did not. `watch` asks on paths at a fixed pace, from where it ' +
        'runs; `serve` is what answers tcp, held and udp.',
    )
    .addCommand(watchCommand())
    .addCommand(serveCommand())
    .addHelpText('after', examples('proxyshift probe watch tcp://10.96.4.7:80', 'proxyshift probe serve --port 8080'));
}

function watchCommand(): Command {
  return new Command('watch')
    .argument('<path...>', 'tcp://HOST:PORT, held://HOST:PORT, udp://HOST:PORT or dns://SERVER[:53]/NAME')
    .summary('ask on paths until Ctrl-C, then say what was lost')
    .description(
      'Asks on each path again and again: a new TCP connection each time (tcp), messages on one that stays open (held), ' +
        'datagrams (udp), or questions to a DNS server (dns). Outages are told as they begin and end, and what was lost on ' +
        'each path at the end. While this process itself did not run, what failed is told as unknown.',
    )
    .addOption(span('--every <span>', 'between two attempts on a path, 20ms to 1s', '100ms'))
    .addOption(span('--timeout <span>', 'an answer that takes longer is none', '900ms'))
    .option('--duration <span>', 'end by itself after this time (default: with Ctrl-C)', timeSpan)
    .option('--limit <span>', 'exit code 1 where a path may have been away for longer', timeSpan)
    .addOption(span('--segment <span>', 'with -o jsonl: what each line tells of', '10s'))
    .addOption(outputOption('table', 'json', 'jsonl'))
    .addHelpText(
      'after',
      `${examples(
        'proxyshift probe watch tcp://10.96.0.10:53 dns://10.96.0.10/kubernetes.default.svc.cluster.local',
        'proxyshift probe watch --every 50ms --duration 10m --limit 5s tcp://10.96.4.7:80 held://10.96.4.7:80',
        'proxyshift probe watch -o jsonl tcp://10.96.4.7:80 >> probe.jsonl      a line for each path and 10 s',
      )}\n
The time-out is below one second on purpose: TCP sends a lost SYN again after a second (RFC 6298), so a longer one
would make a lost connection a slow one. On a held connection TCP sends again within it: a gap there may have been
longer than it looks by the time-out, which is added to what it is at most.

Exit codes:
  0  nothing was away for longer than --limit
  1  something was, or may have been
  2  could not run`,
    )
    .action(async (paths: string[], options: ProbeWatchOptions) => {
      const { watchPaths } = await import('./actions/probe.ts');
      process.exitCode = await watchPaths(paths, options);
    });
}

function serveCommand(): Command {
  return new Command('serve')
    .summary('answer probes, by TCP and UDP')
    .description('Sends back what it is sent, by TCP and UDP on the same port, until it is told to end.')
    .option('--host <address>', 'address to listen on', '0.0.0.0')
    .option('--port <number>', 'port to listen on; 0: any that is free', wholeNumber(0, 65_535), 8080)
    .addHelpText('after', examples('proxyshift probe serve --port 8080'))
    .action(async (options: ProbeServeOptions) => {
      const { serveProbes } = await import('./actions/probe.ts');
      process.exitCode = await serveProbes(options);
    });
}

/** A time span with a default, which the help shows as it is written. */
function span(flags: string, what: string, standard: string): Option {
  return new Option(flags, what).argParser(timeSpan).default(timeSpan(standard), standard);
}
