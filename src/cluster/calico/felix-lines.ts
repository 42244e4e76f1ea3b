import { type NftablesMode, nftablesModeSchema } from '../../model/mode.ts';
import type { FelixSource } from '../../model/node-proof.ts';
import { defaultsToAuto } from './versions.ts';

/**
 * Reads the state of a Felix out of the log of its calico-node pod. Lines and their order were read in
 * projectcalico/calico v3.29.7, v3.30.7, v3.31.7, v3.32.1:
 *
 * - `Felix starting up` and `Successfully loaded configuration.` (felix/daemon/daemon.go). Only the second can be relied
 *   on: until the configuration is loaded Felix logs errors alone, unless FELIX_LOGSEVERITYSCREEN is in its environment
 *   (felix/logutils/logutils.go). Its field `config` names the mode that this Felix runs with.
 * - `Using internal (linux) dataplane driver.`, then, where kube-ipvs0 is there, `Kube-proxy in ipvs mode, enabling felix
 *   kube-proxy ipvs support.`, then `Calculated iptables mark bits` (felix/dataplane/driver.go).
 * - `Determined whether or not to use nftables` from 3.32 (felix/dataplane/linux/int_dataplane.go; later felix/nftables).
 * - `Parsed value for NFTablesMode: Enabled (from datastore (global))` (felix/config/config_params.go, resolve), once per
 *   source, the strongest first; a weaker one is followed by `Skipping config value for NFTablesMode from …`. Printed
 *   whenever the configuration is resolved: also by a Felix that learns of a change and is about to restart for it.
 * - eBPF mode (the same in v3.30 to v3.32): `BPF enabled, starting BPF endpoint manager and map manager.` after the dataplane
 *   driver (felix/dataplane/linux/int_dataplane.go). Where the kernel is too old, before it: `BPF dataplane mode enabled but not
 *   supported by the kernel.  Disabling BPF mode.` (felix/daemon/daemon.go). Where kube-ipvs0 is there: `kube-proxy IPVS device
 *   found but we're in BPF mode, ignoring.` (felix/dataplane/driver.go), and then a restart for it, again and again, since the
 *   watcher of interfaces does not ignore it (checkIPVSConfigOnStateUpdate; seen in projectcalico/calico#8929).
 * - `kube-proxy mode changed. Restart felix.`, `kube-proxy nftables mode changed. Restart felix.`,
 *   `Configuration value changed; change DOES require Felix to restart.`, `Exiting for config change`.
 */
export interface FelixState {
  /** How many starts the log shows. Felix restarts inside its container: the pod's restartCount does not move. */
  starts: number;
  /** When the last start happened, as the line has it: the kubelet's RFC 3339 stamp, else Felix's `2025-11-22 15:15:43.981`. */
  startedAt?: string;
  /** The configured mode, its source (`datastore (global)`, `datastore (per-host)`, `environment variable`…) and the line. */
  nftablesMode?: { value: NftablesMode; source: string; line: string };
  /** True once this Felix has set up its dataplane. */
  dataplaneStarted: boolean;
  /** Felix saw kube-ipvs0 when it started. Undefined: the log does not tell (not yet, or rotated out). */
  ipvsSupport: boolean | undefined;
  /** 3.32 and newer: what this Felix decided to program. */
  useNftables?: boolean;
  /** 3.32 and newer: it saw kube-proxy's nftables when it decided. */
  kubeProxyNftables?: boolean;
  /** eBPF mode: it runs, or this Felix was told to run it and cannot, or finds kube-ipvs0 in its way. Absent: not told to. */
  bpf?: { state: 'running' | 'unsupported' | 'ipvs-left'; line: string };
  /** This Felix has announced that it will exit, for a change of its configuration or of kube-proxy. */
  restarting: boolean;
  /** The line of a failure that this Felix has not recovered from. */
  failure?: string;
  /** The telling lines since the last start, oldest first, at most 20. */
  lines: string[];
}

/** Follows a log line by line. */
export interface FelixTracker {
  push(line: string): void;
  /** A copy: later lines do not change it. */
  state(): FelixState;
}

/** A Felix that logs nothing before its configuration is loaded tells the mode at its start, and not where it is from. */
const UNTOLD_SOURCE = 'configuration at start';
const maxLines = 20;
const parsedMode = /Parsed value for NFTablesMode: (\w+) \(from (.+)\)\s*$/;
const skippedMode = /Skipping config value for NFTablesMode from (.+); already have/;
const runningMode = /\bNFTablesMode:"(\w+)"/;
const timeOf = /^(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)|\d{4}-\d\d-\d\d [\d:.]+)/;
const restartLines = [
  'kube-proxy mode changed. Restart felix.',
  'kube-proxy nftables mode changed. Restart felix.',
  'Configuration value changed; change DOES require Felix to restart.',
  'Exiting for config change',
];
/** Only Felix's own: the container runs confd, BIRD and others too, and they write to the same log. */
const failureLines = [/Failed to program (?:nftables|iptables), /, / \[(?:FATAL|PANIC)\]\[\d+\] felix\//];

const bpfUnsupported = 'BPF dataplane mode enabled but not supported by the kernel.';

/** A value of a `key=value` field, without its quotes. */
const field = (line: string, key: string): string | undefined => new RegExp(`\\b${key}="?([^"\\s]*)`).exec(line)?.[1];
const flag = (line: string, key: string): boolean | undefined => ({ true: true, false: false })[field(line, key) ?? ''];

const fresh = (starts: number): FelixState => ({
  starts,
  dataplaneStarted: false,
  ipvsSupport: undefined,
  restarting: false,
  lines: [],
});

/** The state after the lines pushed so far; a new start of Felix resets it. */
export function createFelixTracker(): FelixTracker {
  let current = fresh(0);
  /** `Felix starting up` was seen, the matching `Successfully loaded configuration.` not yet. */
  let loading = false;
  /** `Felix starting up` was seen: this Felix logs its configuration from the first line on. */
  let early = false;
  /** What this Felix runs with: later changes of the configuration only come true after a restart. */
  let running: NftablesMode | undefined;
  /** A parsed value waits for the next line, which may say that a stronger source wins. */
  let candidate: NonNullable<FelixState['nftablesMode']> | undefined;
  /** Printed before or after the configuration is loaded, by version: kept until the dataplane starts. */
  let unsupported: string | undefined;
  /** Takes back what was accepted last: another goroutine's line can come between a parsed value and its `Skipping`. */
  let undo: { source: string; apply: () => void } | undefined;

  const tell = (line: string) => {
    current.lines.push(line);
    if (current.lines.length > maxLines) current.lines.shift();
  };
  const start = (line: string) => {
    current = fresh(current.starts + 1);
    early = false;
    running = undefined;
    candidate = undefined;
    undo = undefined;
    const at = timeOf.exec(line)?.[1];
    if (at !== undefined) current.startedAt = at;
  };
  const accept = (mode: NonNullable<FelixState['nftablesMode']>) => {
    current.nftablesMode = mode;
    // With early logging every source was named before the dataplane started: none then, so it runs with its default.
    const known = running !== undefined || early;
    if (current.dataplaneStarted && known && running !== mode.value) current.restarting = true;
    else running = mode.value;
  };
  const settle = () => {
    if (!candidate) return;
    const { nftablesMode: mode, restarting } = current;
    const ranWith = running;
    const apply = () => {
      if (mode) current.nftablesMode = mode;
      current.restarting = restarting;
      running = ranWith;
    };
    undo = { source: candidate.source, apply };
    accept(candidate);
    candidate = undefined;
  };

  const push = (line: string) => {
    const weaker = skippedMode.exec(line)?.[1];
    if (weaker !== undefined) {
      if (candidate?.source === weaker) candidate = undefined;
      else if (undo?.source === weaker) undo.apply();
      undo = undefined;
      tell(line);
      return;
    }
    settle();
    if (line.includes('Felix starting up')) {
      start(line);
      early = true;
      loading = true;
      unsupported = undefined;
      tell(line);
    } else if (line.includes('Successfully loaded configuration.')) {
      if (!loading) start(line);
      loading = false;
      const mode = nftablesModeSchema.safeParse(runningMode.exec(line)?.[1]).data;
      if (mode) {
        running = mode;
        current.nftablesMode ??= { value: mode, source: UNTOLD_SOURCE, line: short(line) };
      }
      tell(short(line));
    } else if (line.includes(bpfUnsupported)) {
      unsupported = line;
      current.bpf = { state: 'unsupported', line };
      tell(line);
    } else if (line.includes("kube-proxy IPVS device found but we're in BPF mode")) {
      current.bpf = { state: 'ipvs-left', line };
      tell(line);
    } else if (line.includes('BPF enabled, starting BPF endpoint manager and map manager.')) {
      current.bpf ??= { state: 'running', line };
      tell(line);
    } else if (line.includes('Using internal (linux) dataplane driver.')) {
      current.dataplaneStarted = true;
      if (unsupported !== undefined) current.bpf = { state: 'unsupported', line: unsupported };
      unsupported = undefined;
      tell(line);
    } else if (line.includes('Kube-proxy in ipvs mode, enabling felix kube-proxy ipvs support.')) {
      current.ipvsSupport = true;
      tell(line);
    } else if (line.includes('Calculated iptables mark bits')) {
      // Printed by all versions right after the place of the line above: that one would have come.
      current.dataplaneStarted = true;
      current.ipvsSupport ??= false;
    } else if (line.includes('Determined whether or not to use nftables')) {
      const decided = flag(line, 'useNftables');
      if (decided !== undefined) current.useNftables = decided;
      const seen = flag(line, 'kubeProxyEnabled');
      if (seen !== undefined) current.kubeProxyNftables = seen;
      tell(line);
    } else if (restartLines.some((message) => line.includes(message))) {
      current.restarting = true;
      undo = undefined;
      current.ipvsSupport ??= flag(line, 'ipvsSupport');
      tell(line);
    } else if (line.includes('Succeeded after retry.')) {
      delete current.failure;
      tell(line);
    } else if (failureLines.some((pattern) => pattern.test(line))) {
      current.failure = line;
      tell(line);
    } else {
      const [, value, source = ''] = parsedMode.exec(line) ?? [];
      const mode = nftablesModeSchema.safeParse(value).data;
      if (!mode) return;
      tell(line);
      // Sources come strongest first and a weaker one is skipped by the line after it, so the first of a start counts at once.
      if (current.nftablesMode) candidate = { value: mode, source, line };
      else accept({ value: mode, source, line });
    }
  };

  return {
    push,
    state() {
      const seen = structuredClone(current);
      if (!candidate) return seen;
      // The log ends with a parsed value. Restarting is the careful reading: the next line may take it back.
      return current.dataplaneStarted && candidate.value !== running
        ? { ...seen, restarting: true }
        : { ...seen, nftablesMode: { ...candidate } };
    },
  };
}

/** The configuration dump makes this one line several kilobytes long. */
function short(line: string): string {
  return line.replace(/ config=.*$/, ` config=…${runningMode.exec(line)?.[0] ?? ''}…`);
}

/** The state of the last Felix in a log. Lines as the log has them, with or without the kubelet's stamp. */
export function felixStateFromLog(lines: Iterable<string>): FelixState {
  const tracker = createFelixTracker();
  for (const line of lines) tracker.push(line);
  return tracker.state();
}

/** What a node's Felix is to show. */
export interface FelixExpectation {
  /** As `expectedNftablesMode` gives it. */
  value: NftablesMode;
  calicoVersion: string;
  /** The node programs nftables (true) or iptables (false), or what its kube-proxy does; that only `Auto` can be. */
  useNftables: boolean | 'as-kube-proxy';
  /** Where the value has to come from: one of Felix's sources, as its log names them. */
  source?: FelixSource;
  /** The node runs eBPF mode: what else it programs is the operator's business then. Default false. */
  bpf?: boolean;
}

/**
 * Why a Felix is not, or not provably, in the wanted state, as the end of a sentence; undefined where it is.
 *
 * From 3.32 the decision line counts, since `Auto` is only an intent; before, Felix programs nftables exactly where the
 * mode is `Enabled` (felix/dataplane/driver.go v3.31.7). Programming nftables while kube-ipvs0 is still there counts as
 * not done. Whether the rules are in the kernel is not in the log.
 * @throws Failure `Invalid`: `calicoVersion` is not one.
 */
export function whyFelixDisagrees(state: FelixState, expected: FelixExpectation): string | undefined {
  const auto = defaultsToAuto(expected.calicoVersion);
  if (state.failure !== undefined) return `Felix failed: ${state.failure}`;
  if (state.restarting) return 'Felix is about to restart';
  // A Felix that learns of a change prints the new value and lives on for 2 s: only one that has started with it counts.
  if (!state.dataplaneStarted) return 'its log does not show the start of Felix';
  if (expected.bpf) return whyNotBpf(state);
  if (state.bpf !== undefined) return 'Felix is still told to run eBPF mode';
  const value = state.nftablesMode?.value ?? (state.dataplaneStarted ? (auto ? 'Auto' : 'Disabled') : undefined);
  if (value === undefined) return 'the log does not tell the NFTablesMode of Felix';
  if (value !== expected.value)
    return `Felix has NFTablesMode ${value} (from ${state.nftablesMode?.source ?? 'its default'}), not ${expected.value}`;
  const source = state.nftablesMode?.source;
  if (expected.source !== undefined && source !== expected.source && source !== UNTOLD_SOURCE)
    return `Felix has NFTablesMode ${value} from ${source ?? 'its default'}, not from ${expected.source}`;
  const uses = auto ? state.useNftables : value === 'Enabled';
  const wanted = expected.useNftables === 'as-kube-proxy' ? state.kubeProxyNftables : expected.useNftables;
  if (uses === undefined || wanted === undefined) return 'Felix has not decided yet whether to use nftables';
  if (uses !== wanted)
    return `Felix programs ${uses ? 'nftables' : 'iptables'}, not ${wanted ? 'nftables' : 'iptables'}`;
  if (uses && state.ipvsSupport === true)
    return 'Felix still sees kube-ipvs0, the interface of kube-proxy in ipvs mode';
  return undefined;
}

function whyNotBpf({ bpf }: FelixState): string | undefined {
  if (bpf === undefined) return 'Felix does not run eBPF mode';
  if (bpf.state === 'unsupported') return 'Felix has turned eBPF mode off: the kernel does not support it';
  if (bpf.state === 'ipvs-left')
    return 'kube-ipvs0 is still on the node: Felix restarts for it again and again (calico#8929) until the node is restarted';
  return undefined;
}

/** Felix is in the wanted state, by its own log. See `whyFelixDisagrees` for what that means. */
export function felixAgrees(state: FelixState, expected: FelixExpectation): boolean {
  return whyFelixDisagrees(state, expected) === undefined;
}
