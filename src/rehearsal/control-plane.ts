import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { Failure } from '../model/failure.ts';
import { auditPolicy } from './audit.ts';
import { startGuard, stopProcesses } from './control-plane-processes.ts';
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
  /** Name of a node whose kubelet is an actor that counts. */
  fullNode?: string | undefined;
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
  const { name, binaries, timing, fullNode, signal } = options;
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
    const documents = [kwokctlConfig(binaries, ports, audit, egress), ...kwokStages(timing, fullNode)];
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
