import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { CalicoRelease } from '../objects/calico-version.ts';
import type { RehearsalTiming } from '../timing.ts';
import type { ContainerLog } from './container-log.ts';
import type { NodeKernel } from './kernel.ts';

/** Where Felix finds a value of NFTablesMode, in descending order of precedence, with the names that it logs. */
export interface FelixSettings {
  environment?: string;
  perHost?: string;
  global?: string;
}

const sources: readonly [keyof FelixSettings, string][] = [
  ['environment', 'environment variable'],
  ['perHost', 'datastore (per-host)'],
  ['global', 'datastore (global)'],
];

export interface FelixOptions {
  release: CalicoRelease;
  /** Whether FelixConfiguration asks for eBPF mode. */
  bpfEnabled: () => boolean;
  kernel: NodeKernel;
  log: ContainerLog;
  settings: () => FelixSettings;
  /** Asked at each start in nftables: whether it cannot program its rules. */
  fails: () => boolean;
  timing: RehearsalTiming;
  /** Called each time the start-up lines are out. */
  onStarted: () => void;
}

/** The value that counts, as it was written. */
function strongest(settings: FelixSettings): string | undefined {
  return sources.map(([key]) => settings[key]).find((value) => value !== undefined);
}

/** What one run of Felix has found at its start, and what a change of it means: a restart. */
interface Found {
  settings: FelixSettings;
  ipvsSupport: boolean;
  kubeProxyNftables: boolean;
  bpfEnabled: boolean;
  mode: string;
  /** It cannot program its nftables rules. */
  fails: boolean;
  startedAt: number;
}

/**
 * Felix in the container calico-node. On a change that it cannot take in while running it exits with 129, and runit
 * starts it again in the same container: neither the pod nor its restartCount changes (measured with Felix 3.31.7).
 */
export class Felix {
  readonly #options: FelixOptions;
  readonly #events = new EventEmitter<{ check: [] }>();
  #pid = 61;
  #useNftables: boolean | undefined;
  #runsBpf = false;

  constructor(options: FelixOptions) {
    this.#options = options;
  }

  /** Whether it programs nftables, `undefined` while it is starting. */
  get useNftables(): boolean | undefined {
    return this.#useNftables;
  }

  /** Whether it has started in eBPF mode. */
  get runsBpf(): boolean {
    return this.#runsBpf;
  }

  /** To be called when FelixConfiguration has changed. */
  settingsChanged(): void {
    this.#events.emit('check');
  }

  /** Runs, restart after restart, until the container stops. */
  async run(signal: AbortSignal): Promise<void> {
    const onKernelChange = () => this.#events.emit('check');
    this.#options.kernel.on('change', onKernelChange);
    try {
      while (!signal.aborted) {
        const found = await this.#start(signal);
        const end = await this.#untilEnd(found, signal);
        if (end === 'restart') {
          await delay(this.#options.timing.felixExitMs, undefined, { signal });
          this.#log('WARNING', 'daemon.go 807', 'Exiting for config change rc=129');
        }
        this.#useNftables = undefined;
        this.#runsBpf = false;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#options.kernel.off('change', onKernelChange);
    }
  }

  async #start(signal: AbortSignal): Promise<Found> {
    const { kernel, release, timing } = this.#options;
    this.#pid += 6;
    await delay(timing.felixStartMs, undefined, { signal });
    const settings = { ...this.#options.settings() };
    const bpfEnabled = this.#options.bpfEnabled();
    const bpf = bpfEnabled && kernel.runsBpf;
    const found: Found = {
      settings,
      // In eBPF mode kube-ipvs0 is ignored at the start (felix/dataplane/driver.go).
      ipvsSupport: kernel.ipvsInterface && !bpf,
      kubeProxyNftables: kernel.nftablesTable,
      bpfEnabled,
      mode: release.felixDefault,
      fails: false,
      startedAt: Date.now(),
    };
    this.#log('INFO', 'daemon.go 136', `Felix starting up GOMAXPROCS=8 version=${JSON.stringify(release.calico)}`);
    found.mode = this.#parse(settings);
    if (bpfEnabled && !bpf) {
      this.#log(
        'ERROR',
        'daemon.go 412',
        'BPF dataplane mode enabled but not supported by the kernel.  Disabling BPF mode. error="your kernel version is too old"',
      );
    }
    this.#log('INFO', 'driver.go 85', 'Using internal (linux) dataplane driver.');
    if (bpf && kernel.ipvsInterface) {
      this.#log('INFO', 'driver.go 92', "kube-proxy IPVS device found but we're in BPF mode, ignoring.");
    }
    if (found.ipvsSupport) {
      this.#log('INFO', 'driver.go 95', 'Kube-proxy in ipvs mode, enabling felix kube-proxy ipvs support.');
    }
    // dataplane/linux/int_dataplane.go: Auto follows kube-proxy.
    const useNftables = found.mode === 'Enabled' || (found.mode === 'Auto' && found.kubeProxyNftables);
    if (release.felixKnowsAuto) {
      this.#log(
        'INFO',
        'int_dataplane.go 2210',
        `Determined whether or not to use nftables calicoMode=${JSON.stringify(found.mode)} kubeProxyEnabled=${found.kubeProxyNftables} useNftables=${useNftables}`,
      );
    }
    found.fails = useNftables && this.#options.fails();
    if (found.fails) {
      // felix/nftables/table.go: applied again and again, with nft's error; a newer nft on the host can bring it about
      // (projectcalico/calico#11750).
      this.#log('WARNING', 'table.go 712', 'Failed to program nftables, will retry error=exit status 1 ipVersion=0x4');
      return found;
    }
    if (bpf) {
      this.#log('INFO', 'int_dataplane.go 973', 'BPF enabled, starting BPF endpoint manager and map manager.');
    }
    this.#useNftables = useNftables;
    this.#runsBpf = bpf;
    this.#options.onStarted();
    return found;
  }

  /**
   * felix/config/config_params.go: one line per source that sets the value, in descending order of precedence; a value
   * that this version does not know becomes the default. Resolves to what counts.
   */
  #parse(settings: FelixSettings): string {
    const { release } = this.#options;
    let winner: { value: string; source: string } | undefined;
    for (const [key, source] of sources) {
      const raw = settings[key];
      if (raw === undefined) continue;
      const value = raw === 'Auto' && !release.felixKnowsAuto ? release.felixDefault : raw;
      if (value !== raw) {
        this.#log(
          'WARNING',
          'config_params.go 679',
          `Replacing invalid value with default default=${JSON.stringify(value)} source=${source}`,
        );
      }
      this.#log('INFO', 'config_params.go 700', `Parsed value for NFTablesMode: ${value} (from ${source})`);
      if (winner) {
        this.#log(
          'INFO',
          'config_params.go 703',
          `Skipping config value for NFTablesMode from ${source}; already have a value from ${winner.source}`,
        );
      }
      winner ??= { value, source };
    }
    return winner?.value ?? release.felixDefault;
  }

  /** Until it exits for a change, or gives up. */
  async #untilEnd(found: Found, signal: AbortSignal): Promise<'restart' | 'crash'> {
    const { kernel, timing } = this.#options;
    for (;;) {
      const settings = { ...this.#options.settings() };
      if (sources.some(([key]) => settings[key] !== found.settings[key])) {
        this.#parse(settings);
        // What counts is compared, not where it is from (flushConfigUpdate in felix/calc/event_sequencer.go, RawValues).
        if (strongest(settings) !== strongest(found.settings)) return 'restart';
        found.settings = settings;
      }
      if (this.#options.bpfEnabled() !== found.bpfEnabled) return 'restart';
      // The watcher of interfaces does not ignore it in eBPF mode: projectcalico/calico#8929.
      if (kernel.ipvsInterface !== found.ipvsSupport) {
        const state = kernel.ipvsInterface ? 'down' : '';
        this.#log(
          'INFO',
          'int_dataplane.go 2022',
          `kube-proxy mode changed. Restart felix. ipvsIfaceState="${state}" ipvsSupport=${found.ipvsSupport}`,
        );
        return 'restart';
      }
      if (found.mode === 'Auto' && kernel.nftablesTable !== found.kubeProxyNftables) {
        // It looks at fixed intervals, 15 s in reality.
        await delay(timing.felixDetectMs - ((Date.now() - found.startedAt) % timing.felixDetectMs), undefined, {
          signal,
        });
        if (kernel.nftablesTable === found.kubeProxyNftables) continue;
        this.#log(
          'INFO',
          'int_dataplane.go 2050',
          `kube-proxy nftables mode changed. Restart felix. current=${kernel.nftablesTable} previous=${found.kubeProxyNftables}`,
        );
        return 'restart';
      }
      if (!found.fails) await once(this.#events, 'check', { signal });
      else if (!(await this.#isCheckedWithin(timing.felixRetryMs, signal))) {
        this.#log('PANIC', 'table.go 720', 'Failed to program nftables, giving up after retries ipVersion=0x4');
        return 'crash';
      }
    }
  }

  async #isCheckedWithin(ms: number, signal: AbortSignal): Promise<boolean> {
    try {
      await once(this.#events, 'check', { signal: AbortSignal.any([signal, AbortSignal.timeout(ms)]) });
      return true;
    } catch (error) {
      if (signal.aborted) throw error;
      return false;
    }
  }

  /** The format of libcalico-go's log formatter: `2026-01-02 03:04:05.678 [INFO][67] felix/file.go 12: Message`. */
  #log(level: 'INFO' | 'WARNING' | 'ERROR' | 'PANIC', source: string, message: string): void {
    const time = new Date().toISOString().slice(0, -1).replace('T', ' ');
    this.#options.log.write(`${time} [${level}][${this.#pid}] felix/${source}: ${message}`);
  }
}
