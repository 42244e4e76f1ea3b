import { userInfo } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { targets } from '../model/request.ts';

/** Where Temporal is, where it is not as the environment says. */
export interface TemporalOptions {
  address?: string;
  namespace?: string;
}

export function withTemporal(command: Command): Command {
  return command
    .option('--address <host:port>', "address of Temporal's frontend (default: TEMPORAL_ADDRESS or localhost:7233)")
    .option('--namespace <name>', 'namespace of Temporal (default: TEMPORAL_NAMESPACE or default)');
}

export interface ClustersOptions {
  clusters?: string;
}

export function withClusters(command: Command): Command {
  return command.option('--clusters <file>', 'the clusters file (default: $PROXYSHIFT_CLUSTERS or ./clusters.yaml)');
}

/** A cluster that is reached from this machine: by its entry in the clusters file, or by a context of a kubeconfig. */
export interface ReachOptions extends ClustersOptions {
  context?: string;
  kubeconfig?: string;
}

export function withReach(command: Command): Command {
  return withClusters(command)
    .option('--context <name>', 'instead of a cluster of the clusters file: a context of a kubeconfig')
    .option('--kubeconfig <file>', 'the kubeconfig of --context (default: $KUBECONFIG or ~/.kube/config)');
}

/** `--target`: what a cluster is to be taken to. */
export function targetOption(): Option {
  return new Option('--target <mode>', 'what the cluster is to be taken to').choices(targets).default('nftables');
}

/** `-o` with these formats; the first one is the default. */
export function outputOption(...formats: [string, ...string[]]): Option {
  return new Option('-o, --output <format>', 'what to print on standard output').choices(formats).default(formats[0]);
}

/** Examples below the options of `--help`. */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

/** The name of the person at the terminal, as the operating system knows it. */
export function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env.USER ?? ''; // No entry in passwd, as in a container with an arbitrary uid.
  }
}

/** A whole number in a range, for commander. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** Words between commas, for commander; an option that is given twice adds to its list. */
export function wordList(text: string, before: readonly string[] = []): string[] {
  const words = text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  if (words.length === 0) throw new InvalidArgumentError('Expected one or more, separated by commas.');
  return [...before, ...words];
}

/** Codes of checks between commas, in upper case, for commander. Whether there are such checks is not asked here. */
export function codeList(text: string, before: readonly string[] = []): string[] {
  return wordList(text, before).map((code) => code.toUpperCase());
}

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** A time span such as `500ms`, `30s`, `5m`, `1h`, in ms, for commander. */
export function timeSpan(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  if (unit !== 'ms' && unit !== 's' && unit !== 'm' && unit !== 'h') {
    throw new InvalidArgumentError('Expected a time span such as "500ms", "30s", "5m".');
  }
  return Math.round(Number(amount) * unitMs[unit]);
}
