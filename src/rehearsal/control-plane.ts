import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { Failure } from '../model/failure.ts';
import { auditPolicy } from './audit.ts';
import { kwokStages } from './kwok-stages.ts';
import type { RehearsalTiming } from './timing.ts';

/** The executables of a control plane, by name; see binaries/resolve.ts. */
export const controlPlaneBinaries = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
  'kwokctl',
] as const;
export type ControlPlaneBinaries = Record<(typeof controlPlaneBinaries)[number], string>;

export interface ControlPlaneOptions {
  name: string;
  binaries: ControlPlaneBinaries;
  timing: RehearsalTiming;
  signal?: AbortSignal | undefined;
}

/** A running etcd, API server, controller manager, scheduler and kwok. */
export interface ControlPlane {
  /** Everything of this cluster is in this directory, which only this user can read. */
  directory: string;
  server: string;
  pkiDir: string;
  kubeconfigPath: string;
  context: string;
  auditLogPath: string;
  /** The Unix socket at which the API server looks for the nodes' network. */
  nodeNetworkSocket: string;
  /** Stops every process and removes the directory. Safe to call again. */
  close(): Promise<void>;
}

const run = promisify(execFile);

/**
 * Starts a control plane with `kwokctl --runtime binary` in a directory and on ports of its own, on loopback only.
 *
 * @throws Failure `Unhealthy` with the end of kwokctl's output; nothing is left behind then.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { name, binaries, timing, signal } = options;
  const directory = await mkdtemp(join(tmpdir(), 'proxyshift-'));
  const guard = startGuard(directory, name);
  const home = join(directory, 'clusters', name);
  const kubeconfigPath = join(directory, 'kubeconfig');
  const nodeNetworkSocket = join(directory, 'nodes.sock');
  const kwokctl = async (...args: string[]) =>
    run(binaries.kwokctl, ['--name', name, ...args], {
      // HOME as well: kwokctl must not look at, or write to, this person's own ~/.kwok and ~/.kube.
      env: { PATH: process.env.PATH, HOME: directory, KWOK_WORKDIR: directory },
      ...(signal ? { signal } : {}),
    });

  const close = async () => {
    await stopProcesses(home);
    // Processes that have just ended may still be writing their last file.
    await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    guard.kill();
  };

  try {
    const config = join(directory, 'kwok.yaml');
    const egress = join(directory, 'egress.yaml');
    const audit = join(directory, 'audit-policy.yaml');
    await mkdir(home, { recursive: true });
    await writeFile(egress, stringify(egressSelector(nodeNetworkSocket)));
    await writeFile(audit, stringify(auditPolicy));
    const ports = await freePorts(6);
    const documents = [kwokctlConfig(binaries, ports, audit, egress), ...kwokStages(timing)];
    await writeFile(config, documents.map((document) => stringify(document, { lineWidth: 0 })).join('---\n'));
    await kwokctl('--config', config, 'create', 'cluster', '--kubeconfig', kubeconfigPath, '--wait', '90s');
    return {
      directory,
      server: `https://127.0.0.1:${ports[0]}`,
      pkiDir: join(home, 'pki'),
      kubeconfigPath,
      context: `kwok-${name}`,
      auditLogPath: join(home, 'logs', 'audit.log'),
      nodeNetworkSocket,
      close,
    };
  } catch (error) {
    await close();
    signal?.throwIfAborted();
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    throw new Failure(
      'Unhealthy',
      `the control plane of rehearsal cluster "${name}" did not start`,
      {
        hint: `kwokctl said: ${(output || String(error)).trim().split('\n').slice(-3).join('\n')}`,
      },
      { cause: error },
    );
  }
}

function kwokctlConfig(binaries: ControlPlaneBinaries, ports: number[], audit: string, egress: string): object {
  const extraArgs = (args: Record<string, string>) => Object.entries(args).map(([key, value]) => ({ key, value }));
  return {
    apiVersion: 'config.kwok.x-k8s.io/v1alpha1',
    kind: 'KwokctlConfiguration',
    options: {
      runtime: 'binary',
      // The default is 0.0.0.0, and etcd asks nobody for a password.
      bindAddress: '127.0.0.1',
      kubeAuthorization: true,
      kubeAdmission: true,
      // Without this, a thousand nodes come up at the controllers' default of 20 to 30 writes a second.
      disableQPSLimits: true,
      kubeAuditPolicy: audit,
      kubeApiserverPort: ports[0],
      etcdPort: ports[1],
      etcdPeerPort: ports[2],
      kubeControllerManagerPort: ports[3],
      kubeSchedulerPort: ports[4],
      kwokControllerPort: ports[5],
      etcdBinary: binaries.etcd,
      kubeApiserverBinary: binaries['kube-apiserver'],
      kubeControllerManagerBinary: binaries['kube-controller-manager'],
      kubeSchedulerBinary: binaries['kube-scheduler'],
      kwokControllerBinary: binaries.kwok,
    },
    componentsPatches: [
      // Nothing here has to outlive a crash of the machine, and the disk would be what a thousand nodes wait for.
      { name: 'etcd', extraArgs: extraArgs({ 'unsafe-no-fsync': 'true' }) },
      {
        name: 'kube-apiserver',
        extraArgs: extraArgs({
          // As kubeadm sets them.
          'service-cluster-ip-range': '10.96.0.0/12',
          'kubelet-preferred-address-types': 'InternalIP,ExternalIP,Hostname',
          'egress-selector-config-file': egress,
        }),
      },
    ],
  };
}

/**
 * Makes the API server ask a proxy for every connection into the cluster network: so nodes can have addresses of
 * their own, and the kubelets of all of them are one server in this process (actors/node-network.ts).
 * https://kubernetes.io/docs/tasks/extend-kubernetes/setup-konnectivity/
 */
function egressSelector(socket: string): object {
  return {
    apiVersion: 'apiserver.k8s.io/v1beta1',
    kind: 'EgressSelectorConfiguration',
    egressSelections: [
      { name: 'cluster', connection: { proxyProtocol: 'HTTPConnect', transport: { uds: { udsName: socket } } } },
    ],
  };
}

/** Ports that are free now, all different. Another program may take one before it is used; then the start fails. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  try {
    return await Promise.all(
      servers.map(
        (server) =>
          new Promise<number>((resolve, reject) => {
            server.once('error', reject);
            server.listen(0, '127.0.0.1', () => {
              const address = server.address();
              if (address === null || typeof address === 'string') reject(new Error('no port'));
              else resolve(address.port);
            });
          }),
      ),
    );
  } finally {
    for (const server of servers) server.close();
  }
}

const components = ['kwok-controller', 'kube-scheduler', 'kube-controller-manager', 'kube-apiserver', 'etcd'];

/** kwokctl's own `delete` waits for each process in turn and keeps no promise on failure; the pids are its record. */
async function stopProcesses(home: string): Promise<void> {
  const pids = await Promise.all(components.map((component) => readPid(join(home, 'pids', `${component}.pid`))));
  const running = pids.filter((pid) => pid !== undefined);
  // Nothing in there is worth an orderly shutdown: the directory is removed next.
  for (const pid of running) signalProcess(pid, 'SIGKILL');
  // They are not children of this process, so their end cannot be awaited as an event.
  const limit = Date.now() + 5_000;
  while (Date.now() < limit && (await anyAlive(running))) await delay(10);
}

async function readPid(path: string): Promise<number | undefined> {
  try {
    const pid = Number.parseInt(await readFile(path, 'utf8'), 10);
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch (error) {
    // A component that was never started has no pid file.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A zombie is not alive: in a container whose first process does not reap, it stays for ever. */
async function anyAlive(pids: number[]): Promise<boolean> {
  for (const pid of pids) {
    if (!signalProcess(pid, 0)) continue;
    // Where there is no /proc, the answer to the signal counts.
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    if (!/\) [ZX] /.test(stat)) return true;
  }
  return false;
}

/** Whether the process was there to get the signal. */
function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/**
 * Cleans up when this process is gone without `close()`, however it went: the pipe ends, and the shell that reads it
 * stops the cluster's processes, which kwokctl has made daemons, and removes the directory.
 */
function startGuard(directory: string, name: string): ChildProcess {
  const script = `
    trap '' INT TERM HUP
    cat
    for file in "$1/clusters/$2/pids/"*.pid; do [ -f "$file" ] && kill -KILL "$(cat "$file")"; done
    sleep 1
    rm -rf "$1"
  `;
  const guard = spawn('/bin/sh', ['-c', script, 'proxyshift-guard', directory, name], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  guard.stdin?.on('error', () => undefined); // EPIPE: the guard went first. Nothing is ever written.
  if (guard.stdin && 'unref' in guard.stdin && typeof guard.stdin.unref === 'function') guard.stdin.unref();
  return guard;
}
