import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { expect, test } from 'vitest';
import { clustersJsonSchema, clustersSchemaPath } from '../../scripts/schema.ts';
import { findCluster, loadClustersFile, parseClustersFile } from '../../src/cluster/clusters-file.ts';
import { notificationEvents } from '../../src/model/notification-event.ts';

const uid = '0b8d2c1e-5f4a-4c7e-9a51-3f6f2c9d7e10';
const withEntry = (fields: string) =>
  `apiVersion: proxyshift.dev/v1\nclusters:\n  a:\n    kubeconfig: k\n    context: c\n    uid: ${uid}\n${fields}`;
const parse = (text: string) => parseClustersFile(text, '/etc/proxyshift/clusters.yaml');

test('the example file is valid and its defaults are the documented ones', async () => {
  const file = await loadClustersFile('clusters.example.yaml');
  expect(findCluster(file, 'staging')).toMatchObject({
    kubeconfig: `${homedir()}/.kube/config`,
    approval: { approvers: [], timeoutMs: 86_400_000, count: 1, require: 'named', gates: ['plan'] },
    rollout: {
      maxUnavailable: '10%',
      waveGrowth: 'double',
      strategy: 'waves',
      canarySoakMs: 30_000,
      nodeTimeoutMs: 300_000,
      notReadyTimeoutMs: 300_000,
      failureBudget: 0,
      onFailure: 'rollback',
      soakMs: 120_000,
    },
    calico: { timeoutMs: 600_000 },
  });
  expect(findCluster(file, 'production').rollout.canaryNode).toBe('worker-07');
  expect(findCluster(file, 'production').approval).toEqual({
    approvers: ['oncall-network', 'platform-lead'],
    timeoutMs: 86_400_000,
    count: 2,
    require: 'signed',
    gates: ['plan', 'canary'],
    allowedSigners: `${process.cwd()}/allowed_signers`,
  });
  expect(findCluster(file, 'production').kubeconfig).toBe(`${process.cwd()}/kubeconfigs/production.yaml`);
});

test('the JSON Schema for editors is in step: npm run schema writes it', async () => {
  expect(await readFile(clustersSchemaPath, 'utf8')).toBe(clustersJsonSchema());
});

test('receivers are read with their defaults, and each cluster tells all of them unless it names some', () => {
  const receivers = `notifications:
  chat: { type: slack, urlFile: ./url, events: [failed, done] }
  tickets: { type: webhook, url: https://tickets.example.com/hook, secretFile: ~/key, timeout: 5s }
`;
  const chat = {
    name: 'chat',
    type: 'slack',
    urlFile: '/etc/proxyshift/url',
    events: ['failed', 'done'],
    timeoutMs: 10_000,
  };
  const tickets = {
    name: 'tickets',
    type: 'webhook',
    url: 'https://tickets.example.com/hook',
    secretFile: `${homedir()}/key`,
    events: [...notificationEvents],
    timeoutMs: 5_000,
  };
  const read = (fields: string) => parse(withEntry(fields).replace('clusters:', `${receivers}clusters:`));
  expect(read('').receivers).toEqual([chat, tickets]);
  expect(read('').clusters[0]?.receivers).toEqual([chat, tickets]);
  expect(read('    notify: [tickets]\n').clusters[0]?.receivers).toEqual([tickets]);
  expect(read('    notify: []\n').clusters[0]).not.toHaveProperty('receivers');
  expect(parse(withEntry(''))).not.toHaveProperty('receivers');
});

test('short durations and numbers of nodes are taken as written', () => {
  const { clusters } = parse(withEntry('    rollout: { maxUnavailable: 3, soak: 200ms, nodeTimeout: 1.5m }\n'));
  expect(clusters[0]?.rollout).toMatchObject({ maxUnavailable: 3, soakMs: 200, nodeTimeoutMs: 90_000 });
});

test('windows, freezes and alerts are read with their defaults, and absent where there are none', () => {
  const { clusters } = parse(
    withEntry(`    windows: [{ start: 0 22 * * 1-5, duration: 6h, timeZone: Europe/Berlin }, { start: 0 4 * * SUN, duration: 90m }]
    freeze: [{ from: 2026-12-20, to: 2027-01-06, why: year end }]
    rollout: { alerts: { url: "https://ada:s3cret@prometheus/x/", names: [NodeNotReady], caFile: ca.pem } }
`),
  );
  expect(clusters[0]).toMatchObject({
    windows: [
      { start: '0 22 * * 1-5', durationMs: 21_600_000, timeZone: 'Europe/Berlin' },
      { start: '0 4 * * SUN', durationMs: 5_400_000, timeZone: 'UTC' },
    ],
    freeze: [{ from: '2026-12-20', to: '2027-01-06', timeZone: 'UTC', why: 'year end' }],
    rollout: {
      alerts: {
        url: 'https://ada:s3cret@prometheus/x/',
        names: ['NodeNotReady'],
        onUnreachable: 'firing',
        patienceMs: 600_000,
        timeoutMs: 10_000,
        caFile: '/etc/proxyshift/ca.pem',
      },
    },
  });
  const [plain] = parse(withEntry('    windows: []\n    freeze: []\n')).clusters;
  expect(plain).not.toHaveProperty('windows');
  expect(plain).not.toHaveProperty('freeze');
  expect(plain?.rollout).not.toHaveProperty('alerts');
});

test('a probe is read with its defaults, its paths in one order, and absent where there is none', () => {
  const image = 'registry.example.com:5000/tools/proxyshift:0.1.0';
  const read = (fields: string) => parse(withEntry(`    probe: { image: "${image}"${fields} }\n`)).clusters[0]?.probe;
  expect(read('')).toEqual({
    image,
    paths: ['cluster-ip', 'held', 'udp', 'dns'],
    everyMs: 100,
    timeoutMs: 900,
    baselineMs: 60_000,
    limits: {},
  });
  expect(
    read(
      ', paths: [node-port, dns, held], dnsServer: "fd00::a", every: 20ms, timeout: 1s, baseline: 5m, limits: { longestGap: 0s, lostConnections: 2 }',
    ),
  ).toEqual({
    image,
    paths: ['held', 'dns', 'node-port'],
    dnsServer: 'fd00::a',
    everyMs: 20,
    timeoutMs: 1_000,
    baselineMs: 300_000,
    limits: { longestGapMs: 0, lostConnections: 2 },
  });
  expect(parse(withEntry('')).clusters[0]).not.toHaveProperty('probe');
});

test.each([
  'localhost/proxyshift:1',
  'registry:5000/proxyshift:1',
  '[fd00::1]:5000/proxyshift:1',
  `registry.example.com/a/b__c/d-e:v1.0_x@sha256:${'0'.repeat(64)}`,
  `registry.example.com/proxyshift@sha256:${'f'.repeat(64)}`,
])('an image may be written as %s', (image) => {
  expect(parse(withEntry(`    probe: { image: "${image}" }\n`)).clusters[0]?.probe?.image).toBe(image);
});

test('as many approvals as there are approvers is accepted, and a list of signers may be in the home folder', () => {
  const { clusters } = parse(
    withEntry('    approval: { approvers: [ada, lin], count: 2, require: signed, allowedSigners: ~/signers }\n'),
  );
  expect(clusters[0]?.approval).toMatchObject({ count: 2, allowedSigners: `${homedir()}/signers` });
});

test('an unknown name lists the known ones', () => {
  expect(() => findCluster(parse(withEntry('')), 'b')).toThrowError(
    expect.objectContaining({ details: { hint: 'It has: a.' } }),
  );
});
