import { describe, expect, it } from 'vitest';
import type { ClusterFacts } from '../../../src/checks/facts.ts';
import type { PlainObject } from '../../../src/cluster/objects.ts';
import { locateServer, type ServerAddress } from '../../../src/cluster/server-address.ts';
import { Failure } from '../../../src/model/failure.ts';
import { exportedFacts, resultOf } from '../support/exported-facts.ts';

function service(name: string, spec: Record<string, unknown>, status = {}): PlainObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'default', name }, spec, status };
}

/** Service default/kubernetes of a dual-stack cluster, as kube-apiserver 1.35 keeps it, and some that front it. */
const services = [
  service('kubernetes', { type: 'ClusterIP', clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1', 'fd00:10:96::1'] }),
  service('api-nodeport', { type: 'NodePort', clusterIPs: ['10.96.0.20'], ports: [{ port: 443, nodePort: 31443 }] }),
  service('api-external', { type: 'ClusterIP', clusterIPs: ['10.96.0.21'], externalIPs: ['198.51.100.7'] }),
  service(
    'api-lb',
    { type: 'LoadBalancer', clusterIPs: ['10.96.0.22'], ports: [{ port: 6443, nodePort: 30443 }] },
    { loadBalancer: { ingress: [{ ip: '203.0.113.9', ipMode: 'VIP' }] } },
  ),
  service(
    'api-lb-proxy',
    { type: 'LoadBalancer', clusterIPs: ['10.96.0.23'], ports: [{ port: 6443, nodePort: 30444 }] },
    { loadBalancer: { ingress: [{ ip: '203.0.113.10', ipMode: 'Proxy' }] } },
  ),
  service('headless', { type: 'ClusterIP', clusterIP: 'None', clusterIPs: ['None'] }),
];

/** Facts of a worker that reaches the cluster there. Names resolve to what is given: the tests ask no DNS. */
async function at(server: string, addresses?: string[]): Promise<ClusterFacts> {
  const { hostname, port } = new URL(server);
  const named: ServerAddress = {
    host: hostname.replace(/\.$/, ''),
    port: Number(port || 443),
    addresses: addresses ?? [],
  };
  const serverAddress = async () => (addresses ? named : await locateServer(server));
  return { ...(await exportedFacts({ replace: { services } })), serverAddress };
}

describe('PXS007', () => {
  it.each([
    ['the ClusterIP', () => at('https://10.96.0.1:443'), '10.96.0.1 belongs to Service default/kubernetes'],
    ['the ClusterIP in IPv6', () => at('https://[fd00:10:96:0::1]:443'), 'fd00:10:96::1 belongs to Service default/k'],
    [
      'the ClusterIP in a disguise',
      () => at('https://[::ffff:10.96.0.1]:443'),
      '10.96.0.1 belongs to Service default/k',
    ],
    ['a name that resolves to it', () => at('https://kubernetes.default.svc', ['10.96.0.1']), '10.96.0.1 belongs to'],
    ['a name that only a proxy resolves', () => at('https://kubernetes.default.svc', []), 'kubernetes.default.svc is'],
    ['that name with its domain', () => at('https://kubernetes.default.svc.cluster.local.', []), 'is the name of one'],
    ['the shortest of its names', () => at('https://kubernetes', []), 'kubernetes is the name of one'],
    ['a name of another Service', () => at('https://api-lb.default.svc:6443', []), 'api-lb.default.svc is the name'],
    ['an external IP', () => at('https://198.51.100.7:6443'), '198.51.100.7 belongs to Service default/api-external'],
    [
      'an IP of a load balancer',
      () => at('https://api.example.com', ['203.0.113.9']),
      '203.0.113.9 belongs to Service',
    ],
    [
      'a NodePort',
      () => at('https://192.0.2.21:31443'),
      'port 31443 of a node belongs to Service default/api-nodeport',
    ],
  ])('refuses to stand on what it changes: %s', async (_, facts, why) => {
    const { verdict, findings } = await resultOf('PXS007', await facts(), { only: ['cluster'] });
    expect(verdict).toBe('blocker');
    expect(findings).toEqual([
      {
        code: 'PXS007',
        severity: 'blocker',
        message: expect.stringMatching(/^The worker reaches the API server through a Service of this cluster: /),
        objects: [],
        fix: expect.stringContaining('address of the API server itself'),
        command: expect.stringContaining('kubectl get endpointslices'),
      },
    ]);
    expect(findings[0]?.message).toContain(why);
  });

  it.each([
    ['the address of a control-plane node', () => at('https://192.0.2.11:6443'), '192.0.2.11'],
    ['a name', () => at('https://api.example.com:6443', ['192.0.2.11']), 'api.example.com (192.0.2.11)'],
    ['a name that only a proxy resolves', () => at('https://api.example.com:6443', []), 'api.example.com'],
    ['a tunnel', () => at('https://127.0.0.1:31443'), '127.0.0.1'],
    ['a load balancer that passes on to NodePorts', () => at('https://203.0.113.10:6443'), '203.0.113.10'],
    [
      "a Service's name that /etc/hosts maps",
      () => at('https://kubernetes', ['192.0.2.11']),
      'kubernetes (192.0.2.11)',
    ],
    ['another port of a node', () => at('https://192.0.2.11:31444'), '192.0.2.11'],
  ])('passes on %s', async (_, facts, saw) => {
    expect(await resultOf('PXS007', await facts(), { only: ['cluster'] })).toMatchObject({
      verdict: 'ok',
      saw,
      findings: [],
    });
  });

  it.each(['services', 'allNodes', 'serverAddress'] as const)('does not pass without %s', async (fact) => {
    const facts = await at('https://192.0.2.11:6443');
    const unread = { ...facts, [fact]: () => Promise.reject(new Failure('Forbidden', 'not permitted')) };
    expect((await resultOf('PXS007', unread, { only: ['cluster'] })).verdict).toBe('unknown');
  });

  it('is skipped on an export', async () => {
    expect((await resultOf('PXS007', await exportedFacts())).verdict).toBe('skipped');
  });
});
