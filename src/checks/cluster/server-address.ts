import { canonicalAddress, type ServerAddress } from '../../cluster/server-address.ts';
import type { ServiceFacts } from '../../cluster/services.ts';
import { type Check, finding } from '../check.ts';
import type { ClusterFacts } from '../facts.ts';

const code = 'PXS007';

/** Names that DNS of a cluster gives to Services: `SERVICE.NAMESPACE.svc`, with or without the cluster's domain. */
const serviceName = /^[a-z0-9-]+\.[a-z0-9-]+\.svc(\..+)?$/i;
/** Shorter forms of the API server's own Service, as the search list of a pod completes them. */
const shortNames = new Set(['kubernetes', 'kubernetes.default']);

/** An API server that is reached through kube-proxy is out of reach while kube-proxy is replaced. */
export const serverAddress: Check = {
  code,
  category: 'cluster',
  title: 'The worker reaches the API server by its real address',
  looksAt: '`server` of the kubeconfig, against the addresses of every Service',
  live: true,
  run: async (facts) => {
    const server = await facts.serverAddress();
    const { host, addresses } = server;
    const saw = addresses.length > 0 && !addresses.includes(host) ? `${host} (${addresses.join(', ')})` : host;
    const why = await throughService(server, facts);
    if (why === undefined) return { saw, findings: [] };
    const message = `The worker reaches the API server through a Service of this cluster: ${why}`;
    const more = {
      fix: "Give `server` of the worker's kubeconfig the address of the API server itself, or of a load balancer in front of it that is not a Service of this cluster",
      command: 'kubectl get endpointslices -n default -l kubernetes.io/service-name=kubernetes',
    };
    return { saw, findings: [finding(code, 'blocker', message, more)] };
  },
};

async function throughService(server: ServerAddress, facts: ClusterFacts): Promise<string | undefined> {
  const { host, port } = server;
  const wanted = new Set(server.addresses);
  const [services, nodes] = await Promise.all([facts.services(), facts.allNodes()]);
  // A name that resolves here is judged by what it resolves to: /etc/hosts may give such a name to the real address, since
  // the API server's certificate holds it.
  const named = wanted.size === 0 && (serviceName.test(host) || shortNames.has(host.toLowerCase()));
  if (named) return `${host} is the name of one`;
  const onNode = nodes.some(({ addresses }) => addresses.some((text) => wanted.has(canonicalAddress(text) ?? '')));
  for (const service of services) {
    const hit = addressesOf(service).find((address) => wanted.has(address));
    const called = `Service ${service.namespace}/${service.name}`;
    if (hit !== undefined) return `${hit} belongs to ${called}`;
    if (onNode && service.nodePorts.includes(port)) return `port ${port} of a node belongs to ${called}`;
  }
  return undefined;
}

/** Every address at which kube-proxy answers for a Service. */
function addressesOf({ clusterIPs, externalIPs, loadBalancerIPs }: ServiceFacts): string[] {
  return [...clusterIPs, ...externalIPs, ...loadBalancerIPs].flatMap((text) => canonicalAddress(text) ?? []);
}
