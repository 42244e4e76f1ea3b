import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { type ProxyMode, proxyModeSchema } from '../../model/mode.ts';
import { kubernetesVersion } from '../objects/nodes.ts';
import type { RehearsalTiming } from '../timing.ts';
import type { ContainerLog } from './container-log.ts';
import type { NodeKernel } from './kernel.ts';
import { type KlogSeverity, klogLine } from './klog.ts';
import { kubeProxyMetrics } from './kube-proxy-metrics.ts';

/** What becomes of a kube-proxy that starts in nftables mode. */
export type KubeProxyFate = 'syncs' | 'crash' | 'never-syncs';

/** The programs that a kube-proxy finds on its PATH; what it does not find it does without. */
export interface ProxyTools {
  nft: boolean;
  /** modprobe, iptables, ipset. */
  others: boolean;
}

export interface KubeProxyOptions {
  nodeAddress: string;
  /** Default: all. */
  tools?: ProxyTools;
  /** `--cleanup`: takes away what it can, and ends. */
  cleanup?: boolean;
  kernel: NodeKernel;
  log: ContainerLog;
  /** The text of `config.conf` as the kubelet has mounted it for this run of the container. */
  config: string;
  fate: (mode: ProxyMode) => KubeProxyFate;
  /** Milliseconds from the mode line to the first rules. */
  firstSyncMs: number;
  timing: RehearsalTiming;
  onSynced: (mode: ProxyMode) => void;
}

const configSchema = z.looseObject({ mode: z.string().nullish() });

/** What kube-proxy refuses to go on with; its message is what it prints. */
class FatalError extends Error {}

/** One run of kube-proxy 1.35 in a container: log lines, rules in the kernel, and its server on 127.0.0.1:10249. */
export class KubeProxy {
  readonly #options: KubeProxyOptions;
  readonly #startedAt = Date.now();
  readonly #connections = new Set<Duplex>();
  #mode: ProxyMode | undefined;
  #syncedAt: number | undefined;
  #syncFailures = 0;

  constructor(options: KubeProxyOptions) {
    this.#options = options;
  }

  /** The mode whose rules are in the kernel, `undefined` before the first sync. */
  get syncedMode(): ProxyMode | undefined {
    return this.#syncedAt === undefined ? undefined : this.#mode;
  }

  /** Runs until `signal` aborts, which is the kubelet's SIGTERM, or until it gives up. Resolves with the exit code. */
  async run(signal: AbortSignal): Promise<number> {
    try {
      if (this.#options.cleanup) {
        await this.#cleanUp({ ipvs: this.#tools.others, nftables: this.#tools.nft }, signal);
        return 0;
      }
      await this.#start(signal);
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
      return 0;
    } catch (error) {
      if (signal.aborted) return 0;
      if (!(error instanceof FatalError)) throw error;
      this.#log('E', 'run.go:72', 'command failed', { err: JSON.stringify(error.message) });
      return 1;
    } finally {
      for (const connection of this.#connections) connection.destroy();
    }
  }

  /** The order of events was measured on real nodes: clean-up, mode line, server, and only then the first rules. */
  async #start(signal: AbortSignal): Promise<void> {
    const { kernel, timing, fate, firstSyncMs } = this.#options;
    const mode = configuredMode(this.#options.config);
    this.#log('I', 'server.go:218', 'Successfully retrieved NodeIPs', { NodeIPs: `["${this.#options.nodeAddress}"]` });
    this.#log('I', 'server.go:264', 'kube-proxy running in dual-stack mode', { 'primary ipFamily': '"IPv4"' });
    this.#log('I', 'server.go:529', 'Version info', { version: JSON.stringify(kubernetesVersion) });
    this.#log('I', 'server.go:531', 'Golang settings', { GOGC: '""', GOMAXPROCS: '""', GOTRACEBACK: '""' });
    const { nft, others } = this.#tools;
    await this.#cleanUp({ ipvs: mode === 'nftables' && others, nftables: mode !== 'nftables' && nft }, signal);

    // cmd/kube-proxy/app/server_linux.go, createProxier: the line comes before the checks that may end the process.
    this.#log('I', modeLineSource[mode], `Using ${mode} Proxier`);
    if (mode === 'ipvs') this.#log('E', 'server_linux.go:195', ipvsDeprecated);
    const end = fate(mode);
    if (mode === 'nftables' && !kernel.runsNftables) {
      throw new FatalError(`${noProxier}: kube-proxy in nftables mode requires kernel 5.13 or later`);
    }
    if (mode === 'nftables' && !this.#tools.nft) {
      throw new FatalError(
        `${noProxier}: could not find nftables binary: exec: "nft": executable file not found in $PATH`,
      );
    }
    if (mode === 'nftables' && end === 'crash') {
      // The nft binary dies on what another nft has left: kubernetes/kubernetes#136786.
      throw new FatalError(`${noProxier}: could not run nftables command: signal: segmentation fault (core dumped)`);
    }
    if (mode === 'ipvs') kernel.set({ ipvsInterface: true }); // ipvs.NewProxier makes kube-ipvs0.
    this.#mode = mode;
    for (const name of ['service config', 'endpoint slice config', 'node informer cache']) {
      this.#log('I', 'shared_informer.go:349', 'Waiting for caches to sync', { controller: JSON.stringify(name) });
      this.#log('I', 'shared_informer.go:356', 'Caches are synced', { controller: JSON.stringify(name) });
    }
    await delay(firstSyncMs, undefined, { signal });

    if (mode === 'nftables') {
      // Printed at every start in nftables mode, and harmless (measured on real nodes).
      this.#log('E', 'proxier.go:1213', 'Failed to list existing nftables objects', {
        err: '"failed to run nft: Error: No such file or directory"',
        ipFamily: '"IPv4"',
      });
    }
    while (end === 'never-syncs' && mode === 'nftables') {
      this.#syncFailures += 1;
      this.#log('E', 'proxier.go:1784', 'nftables sync failed', {
        err: '"signal: segmentation fault (core dumped)"',
        ipFamily: '"IPv4"',
      });
      this.#log('I', 'proxier.go:1143', 'Sync failed', { ipFamily: '"IPv4"', retryingTime: '"30s"' });
      await delay(timing.syncRetryMs, undefined, { signal });
    }
    if (mode === 'nftables') kernel.set({ nftablesTable: true });
    if (mode === 'ipvs') kernel.set({ virtualServers: true });
    this.#syncedAt = Date.now();
    this.#options.onSynced(mode);
  }

  /**
   * nftables removes what ipvs and iptables left, all virtual servers with it; ipvs and iptables remove nftables' tables
   * (cmd/kube-proxy/app/server_linux.go, platformCleanup), as far as the programs for it are there. The order was measured.
   */
  async #cleanUp(what: { ipvs: boolean; nftables: boolean }, signal: AbortSignal): Promise<void> {
    const { kernel, timing } = this.#options;
    if (what.ipvs) {
      this.#log('E', 'proxier.go:461', 'Failed to execute iptables-restore', {
        err: '"exit status 4: iptables-restore: line 5: CHAIN_DEL failed (Device or resource busy): chain KUBE-MARK-MASQ"',
        table: '"nat"',
      });
    }
    const needed = (what.ipvs && kernel.ipvsInterface) || (what.nftables && kernel.nftablesTable);
    if (needed) await delay(timing.cleanUpMs, undefined, { signal });
    kernel.set({ ...(what.ipvs ? { ipvsInterface: false } : {}), ...(what.nftables ? { nftablesTable: false } : {}) });
  }

  get #tools(): ProxyTools {
    return this.#options.tools ?? { nft: true, others: true };
  }

  /** Takes a connection to 127.0.0.1:10249; false where kube-proxy does not listen (yet). */
  accept(connection: Duplex): boolean {
    if (this.#mode === undefined) return false;
    this.#connections.add(connection);
    connection.once('close', () => this.#connections.delete(connection));
    const server = createServer((request, response) => this.#respond(request, response));
    server.emit('connection', connection);
    return true;
  }

  #respond(request: IncomingMessage, response: ServerResponse): void {
    const path = new URL(request.url ?? '/', 'http://127.0.0.1').pathname;
    const answers: Record<string, () => string> = {
      '/proxyMode': () => this.#mode ?? '',
      '/metrics': () =>
        kubeProxyMetrics({ startedAt: this.#startedAt, syncedAt: this.#syncedAt, syncFailures: this.#syncFailures }),
      '/healthz': () => 'ok',
      '/livez': () => 'ok',
    };
    const answer = answers[path];
    if (!answer) {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404 page not found\n');
      return;
    }
    response
      .writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' })
      .end(answer());
  }

  #log(severity: KlogSeverity, source: string, message: string, values: Record<string, string> = {}): void {
    this.#options.log.write(klogLine(severity, source, message, values));
  }
}

/** Lines of cmd/kube-proxy/app/server_linux.go at v1.35.4. */
const modeLineSource: Record<ProxyMode, string> = {
  iptables: 'server_linux.go:136',
  ipvs: 'server_linux.go:193',
  nftables: 'server_linux.go:253',
};

const ipvsDeprecated =
  "The ipvs proxier is now deprecated and may be removed in a future release. Please use 'nftables' instead.";

const noProxier = 'unable to create proxier: unable to create ipv4 proxier';

function configuredMode(config: string): ProxyMode {
  let mode: string;
  try {
    // No mode means iptables on Linux (pkg/proxy/apis/config/v1alpha1/defaults.go).
    mode = configSchema.parse(parse(config)).mode || 'iptables';
  } catch (cause) {
    throw new FatalError('failed complete: yaml: could not decode config.conf', { cause });
  }
  const known = proxyModeSchema.safeParse(mode);
  if (known.success) return known.data;
  throw new FatalError(
    `KubeProxyConfiguration.Mode: Invalid value: "${mode}": must be iptables, ipvs, nftables or blank (blank means the best-available proxy [currently iptables])`,
  );
}
