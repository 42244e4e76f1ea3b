import type { ProxyMode } from '../../model/mode.ts';

/**
 * `Using nftables Proxier`, in klog's text (`… server_linux.go:253] "Using nftables Proxier"`) and JSON
 * (`"msg":"Using nftables Proxier"`). The message alone is matched: file and line number drift between versions
 * (`cmd/kube-proxy/app/server_linux.go`, createProxier).
 */
const modeMessage = /"Using (iptables|ipvs|nftables) Proxier\.?"/;

/** How many lines a failure report shows. */
const maxFatalLines = 5;

/**
 * The mode that kube-proxy named when it last started, by its own log. An INFO line, printed once per start, and some
 * seconds before the first rules are in the kernel: it proves the mode, not that the node serves.
 * @returns undefined where no such line is left: it can have been rotated out.
 */
export function modeFromLog(lines: readonly string[]): { mode: ProxyMode; line: string } | undefined {
  for (const line of lines.toReversed()) {
    const mode = modeMessage.exec(line)?.[1];
    if (mode === 'iptables' || mode === 'ipvs' || mode === 'nftables') return { mode, line };
  }
  return undefined;
}

/** Errors that every healthy start prints: measured on 1.35.4 with ipvs → nftables (clean-up, first list), and 1.35's ipvs notice. */
const harmless: readonly ((entry: string) => boolean)[] = [
  (entry) => entry.includes('Failed to execute iptables-restore') && entry.includes('CHAIN_DEL failed'),
  (entry) => entry.includes('Failed to list existing nftables objects') && entry.includes('No such file or directory'),
  (entry) => entry.includes('The ipvs proxier is now deprecated'),
  (entry) => entry.includes('nodePortAddresses is unset; NodePort connections will be accepted'),
];

/** The kubelet's own stamp, where the log was asked for with `timestamps=true`. */
const stamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d) /;
const klogHeader = /^[IWEF]\d{4} \d\d:\d\d:\d\d/;
const goPanic = /^(panic:|fatal error:|goroutine \d+ \[)/;
/** `run.go` prints this where logging is not set up yet, for example on a bad configuration file. */
const plainError = /^(Error|error):/;

/** One log entry: klog spreads a long error over the lines after its header. */
function entries(lines: readonly string[]): string[][] {
  const result: string[][] = [];
  for (const line of lines) {
    const bare = line.replace(stamp, '');
    if (bare.trim() === '') continue;
    const starts = klogHeader.test(bare) || bare.startsWith('{') || goPanic.test(bare) || plainError.test(bare);
    const current = result.at(-1);
    if (starts || !current) result.push([line]);
    else current.push(line);
  }
  return result;
}

function isError(entry: readonly string[]): boolean {
  const bare = (entry[0] ?? '').replace(stamp, '');
  if (bare.startsWith('{')) {
    // klog's JSON has no severity: an error is an entry with `err`, or one without the verbosity `v`
    // (`component-base/logs/json/json.go`).
    return /"err":/.test(bare) || !/"v":\d/.test(bare);
  }
  return /^[EF]\d{4} /.test(bare) || goPanic.test(bare) || plainError.test(bare);
}

/**
 * The lines that tell why kube-proxy failed, oldest first, at most 5: the last errors, without those that a healthy
 * start prints too; where there is none, the last lines as they are.
 */
export function fatalLines(lines: readonly string[]): string[] {
  const all = entries(lines).filter((entry) => !harmless.some((matches) => matches(entry.join('\n'))));
  const errors = all.filter(isError);
  // Of an entry with many lines (a stack trace) the first ones tell most.
  const told = (errors.length > 0 ? errors : all).slice(-maxFatalLines).map((entry) => entry.slice(0, maxFatalLines));
  while (told.length > 1 && told.flat().length > maxFatalLines) {
    const longest = told.reduce((a, b) => (b.length > a.length ? b : a));
    if (longest.length > 1) longest.pop();
    else told.shift();
  }
  return told.flat();
}
