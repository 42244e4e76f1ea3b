import { expect, test } from 'vitest';
import { calicoNode } from '../../fixtures/objects/calico.ts';
import { resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { manifestFacts, operatorFacts } from './support.ts';

const code = 'PXS025';
const endpoint = { configMapRef: { name: 'kubernetes-services-endpoint', optional: true } };
const manifest = (options: Parameters<typeof calicoNode>[0], data?: Record<string, string>) =>
  manifestFacts({
    daemonSets: [calicoNode({ namespace: 'kube-system', ...options })],
    configMaps: data
      ? [
          {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { name: 'kubernetes-services-endpoint', namespace: 'kube-system' },
            data,
          },
        ]
      : [],
  });

test.each([
  ['FELIX_NFTABLESMODE', 'Disabled', 'blocker'],
  ['FELIX_NFTablesMode', 'Disabled', 'blocker'],
  ['FELIX_BPFENABLED', 'true', 'blocker'],
  ['FELIX_IPTABLESBACKEND', 'NFT', 'warning'],
] as const)('%s=%s is stronger than what the run writes', async (name, value, severity) => {
  const result = await resultOf(code, await operatorFacts({ daemonSets: [calicoNode({ env: [{ name, value }] })] }));
  expect(said(result)).toEqual([
    `${severity}: DaemonSet calico-system/calico-node sets ${name}=${value}, which overrides FelixConfiguration`,
  ]);
  expectActionable(result);
});

test('a variable of a ConfigMap counts like one of the DaemonSet', async () => {
  const result = await resultOf(
    code,
    await manifest({ envFrom: [{ prefix: 'FELIX_', ...endpoint }] }, { BPFENABLED: 'true' }),
  );
  expect(said(result)).toEqual([
    'blocker: ConfigMap kube-system/kubernetes-services-endpoint sets FELIX_BPFENABLED=true, which overrides FelixConfiguration',
  ]);
  expect(result.findings[0]?.command).toBe('kubectl -n kube-system edit configmap kubernetes-services-endpoint');
});

test.each([['a Secret', { secretRef: { name: 'felix' } }, 'Secret kube-system/felix']])(
  '%s is not read, and not taken for empty',
  async (_, source, name) => {
    const result = await resultOf(code, await manifest({ envFrom: [source] }));
    expect(said(result)).toEqual([
      expect.stringContaining(`takes its environment from ${name}, which proxyshift may not read`),
    ]);
    expectActionable(result);
  },
);

test('a ConfigMap of calico-system may not be read', async () => {
  const result = await resultOf(code, await operatorFacts({ daemonSets: [calicoNode({ envFrom: [endpoint] })] }));
  expect(result.verdict).toBe('warning');
  expectActionable(result);
});

test("Calico's own manifests are fine, with and without the address of the API server", async () => {
  const address = { KUBERNETES_SERVICE_HOST: '192.0.2.10', KUBERNETES_SERVICE_PORT: '6443' };
  for (const data of [undefined, address]) {
    expect((await resultOf(code, await manifest({ envFrom: [endpoint] }, data))).verdict).toBe('ok');
  }
});

// kubespray sets the second on every cluster (calico_iptables_backend, default Auto).
test.each([
  ['FELIX_BPFENABLED', 'false'],
  ['FELIX_IPTABLESBACKEND', 'Auto'],
])('%s=%s says what Felix does anyway', async (name, value) => {
  const result = await resultOf(code, await manifest({ env: [{ name, value }] }));
  expect(result).toMatchObject({ verdict: 'ok', saw: 'none is set' });
});

test('without DaemonSets it is not known', async () => {
  expect((await resultOf(code, await operatorFacts({ without: ['daemonsets'] }))).verdict).toBe('unknown');
});
