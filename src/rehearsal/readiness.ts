import { z } from 'zod';
import { Failure } from '../model/failure.ts';
import type { NodeSoftware } from './actors/node-software.ts';
import { anyObjectSchema, type KubeApi, type NewObject } from './kube-api.ts';

const daemonSetSchema = anyObjectSchema.extend({
  status: z.looseObject({
    observedGeneration: z.number().optional(),
    desiredNumberScheduled: z.number(),
    numberAvailable: z.number().optional(),
    updatedNumberScheduled: z.number().optional(),
  }),
});
const crdSchema = anyObjectSchema.extend({
  status: z
    .looseObject({ conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).optional() })
    .optional(),
});

/** Creates CRDs and waits until the API server serves them. */
export async function createCrds(api: KubeApi, crds: NewObject[], signal: AbortSignal): Promise<void> {
  await api.createAll(crds, 'kubectl', signal);
  await Promise.all(
    crds.map((crd) =>
      api.waitFor(
        '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
        crd.metadata.name,
        crdSchema,
        ({ status }) =>
          status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ?? false,
        signal,
      ),
    ),
  );
}

/** Waits until a DaemonSet, as `namespace/name`, has an available pod of its latest template on each of the nodes. */
export async function daemonSetReady(
  api: KubeApi,
  daemonSet: string,
  nodes: number,
  signal: AbortSignal,
): Promise<void> {
  const [namespace, name = ''] = daemonSet.split('/');
  await api.waitFor(
    `/apis/apps/v1/namespaces/${namespace}/daemonsets`,
    name,
    daemonSetSchema,
    ({ metadata, status }) =>
      status.observedGeneration === metadata.generation &&
      status.desiredNumberScheduled === nodes &&
      status.updatedNumberScheduled === nodes &&
      status.numberAvailable === nodes,
    signal,
  );
}

const deploymentSchema = anyObjectSchema.extend({
  spec: z.looseObject({ replicas: z.number() }),
  status: z.looseObject({ availableReplicas: z.number().optional() }).optional(),
});

/** Every Deployment there is: what a person would look at before a migration. */
export async function deploymentsAvailable(api: KubeApi, signal: AbortSignal): Promise<void> {
  const path = '/apis/apps/v1/deployments';
  const deployments = z.looseObject({ items: z.array(anyObjectSchema) }).parse(await api.call('GET', path, { signal }));
  await Promise.all(
    deployments.items.map(({ metadata }) =>
      api.waitFor(
        `/apis/apps/v1/namespaces/${metadata.namespace}/deployments`,
        metadata.name,
        deploymentSchema,
        ({ spec, status }) => status?.availableReplicas === spec.replicas,
        signal,
      ),
    ),
  );
}

const tigeraStatusSchema = anyObjectSchema.extend({
  status: z
    .looseObject({ conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).optional() })
    .optional(),
});

/** Waits until the operator has reconciled for the first time. */
export async function operatorAvailable(api: KubeApi, signal: AbortSignal): Promise<void> {
  await api.waitFor(
    '/apis/operator.tigera.io/v1/tigerastatuses',
    'calico',
    tigeraStatusSchema,
    ({ status }) => status?.conditions?.some(({ type, status }) => type === 'Available' && status === 'True') ?? false,
    signal,
  );
}

/** Waits until every kube-proxy has synced and every Felix is up. */
export async function settled(software: NodeSoftware, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const finish = (done: () => void) => {
      software.off('change', check);
      signal.removeEventListener('abort', onAbort);
      done();
    };
    const check = () => {
      if (software.settled) finish(resolve);
    };
    const onAbort = () =>
      finish(() =>
        reject(
          new Failure('Unhealthy', 'the nodes did not settle in time', unsettled(software), { cause: signal.reason }),
        ),
      );
    software.on('change', check);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    else check();
  });
}

function unsettled(software: NodeSoftware) {
  const nodes = software.nodes().filter((node) => node.proxyMode === undefined || node.felixNftables === undefined);
  return {
    nodes: nodes.slice(0, 10).map((node) => ({
      node: node.name,
      why: node.proxyMode === undefined ? 'kube-proxy has not synced' : 'Felix is not up',
      lastLines: [],
    })),
  };
}
