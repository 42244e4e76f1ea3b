import { z } from 'zod';
import type { Cluster } from './connect.ts';
import { mapObjects, type PlainObject } from './objects.ts';

/** A Service, as far as kube-proxy's mode makes a difference to it. */
export interface ServiceFacts {
  namespace: string;
  name: string;
  /** `ClusterIP`, `NodePort`, `LoadBalancer`, `ExternalName`. */
  type: string;
  /** Its virtual IPs, of each family; none where it is headless or an ExternalName. */
  clusterIPs: readonly string[];
  /**
   * kube-proxy programs rules for it: it has a cluster IP, and no label that hands it to another proxy
   * (`ShouldSkipService` in pkg/proxy/util, the label selector in cmd/kube-proxy/app/server.go).
   */
  proxied: boolean;
  /** `TCP`, `UDP`, `SCTP`; each once. */
  protocols: readonly string[];
  /** Node ports that it holds; not that of its health check. */
  nodePorts: readonly number[];
  externalIPs: readonly string[];
  /** IPs of `status.loadBalancer.ingress` that kube-proxy serves itself: those of ipMode `Proxy` are not (KEP-1860). */
  loadBalancerIPs: readonly string[];
  externalTrafficPolicy: string | undefined;
  sessionAffinity: string | undefined;
}

/** Services with it are left to another proxy: https://kubernetes.io/docs/reference/labels-annotations-taints/ */
const OTHER_PROXY = 'service.kubernetes.io/service-proxy-name';

const serviceSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
  }),
  spec: z
    .looseObject({
      type: z.string().default('ClusterIP'),
      clusterIPs: z.array(z.string()).default([]),
      ports: z.array(z.looseObject({ protocol: z.string().default('TCP'), nodePort: z.int().optional() })).default([]),
      externalIPs: z.array(z.string()).default([]),
      externalTrafficPolicy: z.string().optional(),
      sessionAffinity: z.string().optional(),
    })
    .prefault({}),
  status: z
    .looseObject({
      loadBalancer: z
        .looseObject({
          ingress: z.array(z.looseObject({ ip: z.string().optional(), ipMode: z.string().optional() })).default([]),
        })
        .prefault({}),
    })
    .prefault({}),
});

/** @throws ZodError where it is none */
export function parseService(object: PlainObject): ServiceFacts {
  const { metadata, spec, status } = serviceSchema.parse(object);
  const clusterIPs = spec.clusterIPs.filter((ip) => ip !== 'None');
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    type: spec.type,
    clusterIPs,
    proxied: spec.type !== 'ExternalName' && clusterIPs.length > 0 && !(OTHER_PROXY in metadata.labels),
    protocols: [...new Set(spec.ports.map(({ protocol }) => protocol))],
    nodePorts: spec.ports.flatMap(({ nodePort }) => nodePort ?? []),
    externalIPs: spec.externalIPs,
    loadBalancerIPs: status.loadBalancer.ingress.flatMap(({ ip, ipMode }) =>
      ip !== undefined && ipMode !== 'Proxy' ? [ip] : [],
    ),
    externalTrafficPolicy: spec.externalTrafficPolicy,
    sessionAffinity: spec.sessionAffinity,
  };
}

/** Every Service of the cluster. */
export async function listServices(cluster: Cluster): Promise<ServiceFacts[]> {
  return await mapObjects(cluster, { apiVersion: 'v1', plural: 'services' }, parseService);
}

const endpointSliceSchema = z.looseObject({ endpoints: z.array(z.unknown()).nullish() });

/** Endpoints of all EndpointSlices. One that serves several Services, or both IP families, counts once for each. */
export async function countEndpoints(cluster: Cluster): Promise<number> {
  const resource = { apiVersion: 'discovery.k8s.io/v1', plural: 'endpointslices' };
  const sizes = await mapObjects(cluster, resource, (slice) => endpointSliceSchema.parse(slice).endpoints?.length ?? 0);
  return sizes.reduce((sum, size) => sum + size, 0);
}
