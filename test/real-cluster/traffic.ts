import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import type { Cluster } from '../../src/cluster/connect.ts';
import { createObject, deleteObject, listObjects, type ObjectRef } from '../../src/cluster/objects.ts';
import { followLog, readLog } from '../../src/cluster/pod-logs.ts';
import { parseSystemPod } from '../../src/cluster/system-pods.ts';
import { watchObjects } from '../../src/cluster/watch.ts';

/** What a client saw: one attempt on one path. */
export const observationSchema = z.object({
  path: z.string(),
  /** When it began (ms since the epoch, by the clock of the node). */
  at: z.number(),
  /** How long it took (ms). */
  ms: z.number(),
  error: z.string().optional(),
  /** The client itself did not run for a while meanwhile: whether it would have failed is not known. */
  stalled: z.literal(true).optional(),
  /** A held connection was made. */
  opened: z.literal(true).optional(),
});
export type Observation = z.infer<typeof observationSchema>;

const NAMESPACE = 'proxyshift-test';
const PORT = 8080;
/** Between two attempts on the path that all figures are about, and on the others (ms). */
const EVERY_MS = 50;
const OTHERS_EVERY_MS = 500;
/** So many answers one after the other on each path, and a client is ready to be a witness. */
const ANSWERS_IN_A_ROW = 5;

const namespaceRef: ObjectRef = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', name: NAMESPACE };
const ref = (apiVersion: string, kind: string, plural: string, name: string): ObjectRef => ({
  apiVersion,
  kind,
  plural,
  namespace: NAMESPACE,
  name,
});

/** The paths that are asked on. `NODE`: the node of the client. */
const services = {
  'cluster-ip': { type: 'ClusterIP' },
  'session-affinity': { type: 'ClusterIP', sessionAffinity: 'ClientIP' },
  'node-port': { type: 'NodePort' },
  'node-port-local': { type: 'NodePort', externalTrafficPolicy: 'Local' },
} as const;

/** Takes away what `Traffic.install` has made, all or part of it. */
export async function removeTraffic(cluster: Cluster): Promise<void> {
  await deleteObject(cluster, namespaceRef);
}

/** Servers on every node behind Services of several kinds, and a client on every node. */
export class Traffic {
  readonly #cluster: Cluster;

  private constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Installs it, and waits until every pod runs. @param image any image with Node, that the nodes have or can pull */
  static async install(cluster: Cluster, image: string, extraServices: number): Promise<Traffic> {
    await createObject(cluster, namespaceRef, {});
    const prober = stripTypeScriptTypes(await readFile(join(import.meta.dirname, 'prober.ts'), 'utf8'));
    await createObject(cluster, ref('v1', 'ConfigMap', 'configmaps', 'prober'), { data: { 'prober.mjs': prober } });
    const targets = await Promise.all(
      Object.entries(services).map(async ([name, spec]) => {
        const made = await createObject(cluster, ref('v1', 'Service', 'services', name), {
          spec: {
            ...spec,
            ipFamilyPolicy: 'PreferDualStack',
            selector: { app: 'server' },
            ports: ['TCP', 'UDP'].map((protocol) => ({
              name: protocol.toLowerCase(),
              protocol,
              port: PORT,
              targetPort: PORT,
            })),
          },
        });
        return { name, ...serviceSchema.parse(made).spec };
      }),
    );
    // A cluster that has many: what they cost each hand-over is what is of interest, so they lead to the same servers.
    for (let at = 0; at < extraServices; at += 1) {
      await createObject(cluster, ref('v1', 'Service', 'services', `extra-${at}`), {
        spec: { selector: { app: 'server' }, ports: [{ port: 80, targetPort: PORT }] },
      });
    }
    const paths = targets.flatMap(pathsOf);
    await createObject(cluster, ref('apps/v1', 'DaemonSet', 'daemonsets', 'server'), daemonSet('server', image, []));
    await createObject(cluster, ref('apps/v1', 'DaemonSet', 'daemonsets', 'client'), daemonSet('client', image, paths));
    const traffic = new Traffic(cluster);
    await traffic.#running('server');
    await traffic.#running('client');
    await traffic.#answered(paths.map(({ name }) => name));
    return traffic;
  }

  /** New clients: their held connections are then carried by the mode that the nodes are in. */
  async renewClients(): Promise<void> {
    for (const { name, uid } of await this.#pods('client'))
      await deleteObject(this.#cluster, ref('v1', 'Pod', 'pods', name), { uid });
    await this.#running('client');
  }

  /** By node: what its client saw from one instant to another (ms since the epoch). */
  async observed(from: number, to: number): Promise<Map<string, Observation[]>> {
    const seen = new Map<string, Observation[]>();
    for (const { name, node = '' } of await this.#pods('client')) {
      const log = await readLog(
        this.#cluster,
        { namespace: NAMESPACE, pod: name, container: 'client' },
        // A line is written up to half a second after what it tells; the attempt began up to 5 s before.
        { sinceTime: new Date(from).toISOString(), deadlineMs: 120_000 },
      );
      const all = log.map((line) => observationSchema.parse(JSON.parse(line)));
      seen.set(
        node,
        all.filter(({ at }) => at >= from && at <= to),
      );
    }
    return seen;
  }

  /**
   * Waits until every client gets answers on every path, one after the other: with very many new Services kube-proxy is not done
   * with them when the pods run.
   */
  async #answered(paths: readonly string[]): Promise<void> {
    const signal = AbortSignal.timeout(600_000);
    await Promise.all(
      (await this.#pods('client')).map(async ({ name }) => {
        const inARow = new Map(paths.map((path) => [path, 0]));
        const log = { namespace: NAMESPACE, pod: name, container: 'client' };
        for await (const line of followLog(this.#cluster, log, { tailLines: 0, signal })) {
          const { path, error } = observationSchema.parse(JSON.parse(line));
          inARow.set(path, error === undefined ? (inARow.get(path) ?? 0) + 1 : 0);
          if ([...inARow.values()].every((answers) => answers >= ANSWERS_IN_A_ROW)) return;
        }
        throw new Error(`the log of ${name} ended before every path was answered`);
      }),
    );
  }

  async #pods(app: string) {
    const pods = { apiVersion: 'v1', plural: 'pods', namespace: NAMESPACE, labelSelector: `app=${app}` };
    return (await listObjects(this.#cluster, pods)).map(parseSystemPod).filter(({ terminating }) => !terminating);
  }

  /** Waits until its DaemonSet has a pod that is available on every node. */
  async #running(name: string): Promise<void> {
    const signal = AbortSignal.timeout(180_000);
    const daemonSets = { apiVersion: 'apps/v1', plural: 'daemonsets', namespace: NAMESPACE };
    for await (const event of watchObjects(this.#cluster, { ...daemonSets, signal })) {
      if (event.type === 'SYNCED' || event.object.metadata.name !== name) continue;
      const { status } = statusSchema.parse(event.object);
      const { desiredNumberScheduled: wanted, numberAvailable: available } = status;
      if (wanted > 0 && available === wanted && (await this.#pods(name)).length === wanted) return;
    }
    signal.throwIfAborted();
  }
}

/** The ways to a Service that each client asks on: by its NodePorts, or by each of its addresses. */
function pathsOf({ name, clusterIPs, type, ports }: { name: string } & z.infer<typeof serviceSchema>['spec']) {
  const hosts = type === 'NodePort' ? ['NODE'] : clusterIPs;
  const [tcp, udp] = ports.map(({ port, nodePort }) => (type === 'NodePort' ? nodePort : port));
  return hosts.flatMap((host) => {
    const path = isIPv6(host) ? `${name} v6` : name;
    const everyMs = path === 'cluster-ip' ? EVERY_MS : OTHERS_EVERY_MS;
    return [
      { name: `${path} tcp`, kind: 'tcp', host, port: tcp, everyMs },
      { name: `${path} udp`, kind: 'udp', host, port: udp, everyMs: OTHERS_EVERY_MS },
      ...(name === 'cluster-ip' ? [{ name: `${path} held`, kind: 'held', host, port: tcp, everyMs }] : []),
    ];
  });
}

const serviceSchema = z.looseObject({
  spec: z.looseObject({
    clusterIPs: z.array(z.string()),
    type: z.string(),
    ports: z.array(z.looseObject({ port: z.number(), nodePort: z.number().optional() })),
  }),
});
const statusSchema = z.looseObject({
  status: z
    .looseObject({ desiredNumberScheduled: z.number().default(0), numberAvailable: z.number().default(0) })
    .prefault({}),
});

function daemonSet(role: 'server' | 'client', image: string, paths: readonly object[]): Record<string, unknown> {
  const field = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } });
  return {
    spec: {
      selector: { matchLabels: { app: role } },
      template: {
        metadata: { labels: { app: role } },
        spec: {
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 1,
          tolerations: [{ operator: 'Exists' }],
          containers: [
            {
              name: role,
              image,
              command: ['node', '/prober/prober.mjs', role],
              env: [
                { name: 'HOST_IP', ...field('status.hostIP') },
                { name: 'PATHS', value: JSON.stringify(paths) },
              ],
              volumeMounts: [{ name: 'prober', mountPath: '/prober', readOnly: true }],
            },
          ],
          volumes: [{ name: 'prober', configMap: { name: 'prober' } }],
        },
      },
    },
  };
}
