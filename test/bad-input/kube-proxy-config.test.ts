import { expect, it } from 'vitest';
import { parseProxyConfig } from '../../src/cluster/kube-proxy/config-schema.ts';
import { withLines } from '../cluster/kube-proxy/config-texts.ts';
import { refusalOf } from './support/refusal.ts';

const bomb = Array.from({ length: 10 }, (_, n) => `l${n}: &l${n} [${Array(9).fill(n === 0 ? 'x' : `*l${n - 1}`)}]`);

it.each<[string, string]>([
  ['is empty: no KubeProxyConfiguration in it', ''],
  ['is empty: no KubeProxyConfiguration in it', '   \n# nothing\n'],
  [
    'is not valid: apiVersion is missing: expected "kubeproxy.config.k8s.io/v1alpha1"; kind is missing: expected "KubeProxyConfiguration"',
    '{}',
  ],
  ['is not a mapping but "just words"', 'just words'],
  ['is not a mapping but "- a\\n…"', '- a\n- b\n'],
  [
    'is not valid YAML: Flow map in block collection must be sufficiently indented and end with a } (line 1, column 13)',
    '\u0000\u0001garbage: {',
  ],
  [
    'is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ] (line 1, column 9)',
    'a: [1, 2',
  ],
  [
    'is not valid YAML: Tabs are not allowed as indentation (line 4, column 1)',
    withLines('iptables:', '\tmasqueradeAll: true'),
  ],
  [
    'is not valid YAML: the key "mode" is there twice in one mapping, and once is expected (line 4, column 1)',
    withLines('mode: ipvs', 'mode: ipvs'),
  ],
  [
    'is not valid YAML: the key "scheduler" is there twice in one mapping, and once is expected (line 5, column 3)',
    withLines('ipvs:', '  scheduler: rr', '  scheduler: lc'),
  ],
  ['is not valid YAML: the alias "*nowhere" has no anchor before it', withLines('mode: *nowhere')],
  ['is not valid YAML: its aliases ("*name") repeat too much; write the values out', withLines(...bomb)],
  ['has 2 YAML documents, the second at line 4, column 1; kube-proxy reads one', `${withLines()}---\n${withLines()}`],
  [
    'is not valid: kind is "KubeletConfiguration" (line 2, column 7): expected "KubeProxyConfiguration"',
    withLines().replace('KubeProxyConfiguration', 'KubeletConfiguration'),
  ],
  [
    'is not valid: apiVersion is "kubeproxy.config.k8s.io/v1alpha2" (line 1, column 13): expected "kubeproxy.config.k8s.io/v1alpha1"',
    withLines().replace('v1alpha1', 'v1alpha2'),
  ],
  [
    'is not valid: mode is "IPVS" (line 3, column 7): expected "iptables", "ipvs" or "nftables"',
    withLines('mode: IPVS'),
  ],
  [
    'is not valid: mode is "userspace" (line 3, column 7): expected "iptables", "ipvs" or "nftables"',
    withLines('mode: userspace'),
  ],
  ['is not valid: mode is 5 (line 3, column 7): expected "iptables", "ipvs" or "nftables"', withLines('mode: 5')],
  [
    'is not valid: mode is {"a": …} (line 3, column 7): expected "iptables", "ipvs" or "nftables"',
    withLines('mode: {a: 1}'),
  ],
  ['is not valid: iptables is true (line 3, column 11): expected an object', withLines('iptables: on')],
  [
    'is not valid: iptables.masqueradeBit is 77 (line 3, column 27): expected a whole number from 0 to 31',
    withLines('iptables: {masqueradeBit: 77}'),
  ],
  [
    'is not valid: iptables.masqueradeBit is "14" (line 3, column 27): expected a whole number from 0 to 31',
    withLines('iptables: {masqueradeBit: "14"}'),
  ],
  [
    'is not valid: iptables.masqueradeAll is "maybe" (line 3, column 27): expected true or false',
    withLines('iptables: {masqueradeAll: maybe}'),
  ],
  [
    'is not valid: nodePortAddresses is "10.0.0.0/8" (line 3, column 20): expected a list',
    withLines('nodePortAddresses: 10.0.0.0/8'),
  ],
  [
    'is not valid: nodePortAddresses[1] is 5 (line 3, column 33): expected a string',
    withLines('nodePortAddresses: [10.0.0.0/8, 5]'),
  ],
  [
    'is not valid: ipvs.excludeCIDRs is "none" (line 3, column 36): expected a list; ipvs.strictARP is 1 (line 3, column 19): expected true or false',
    withLines('ipvs: {strictARP: 1, excludeCIDRs: none}'),
  ],
  [
    'is not valid: mode is "IPVS" (line 3, column 7): expected "iptables", "ipvs" or "nftables"; clusterCIDR is ["a"] (line 5, column 14): expected a string; conntrack.min is "many" (line 4, column 18): expected a whole number',
    withLines('mode: IPVS', 'conntrack: {min: many}', 'clusterCIDR: [a]'),
  ],
])('config.conf %s', async (message, text) => {
  const refused = await refusalOf(() => parseProxyConfig(text));
  expect(refused).toMatchObject({ kind: 'Invalid', message: `config.conf ${message}` });
  expect(refused.shown).toContain('kubectl -n kube-system get configmap kube-proxy -o yaml');
});
