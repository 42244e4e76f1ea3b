import { diffLines } from 'diff';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { editProxyConfig, readProxyConfig } from '../../../src/cluster/kube-proxy/config-edit.ts';
import { Failure } from '../../../src/model/failure.ts';
import { commented, json, kubeadm, kubespray, withLines } from './config-texts.ts';

/** `-old` and `+new` lines, in order. */
function changedLines(before: string, after: string): string[] {
  return diffLines(before, after).flatMap(({ added, removed, value }) =>
    added || removed
      ? value
          .split('\n')
          .slice(0, value.endsWith('\n') ? -1 : undefined)
          .map((line) => `${added ? '+' : '-'}${line}`)
      : [],
  );
}

const toNftables = (text: string) => editProxyConfig(text, { mode: 'nftables' }).text;
const failureOf = (text: string): Failure => {
  try {
    toNftables(text);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error(`no failure for ${text}`);
};

describe('reading', () => {
  test('the default of kubeadm', () => {
    expect(readProxyConfig(kubeadm)).toMatchObject({
      mode: 'ipvs',
      effectiveMode: 'ipvs',
      nodePortAddresses: [],
      clusterCIDR: '10.244.0.0/16',
      iptables: { masqueradeAll: false },
      ipvs: { excludeCIDRs: [], strictARP: false },
    });
  });
  test('what a preflight warns of: excludeCIDRs, strictARP as YAML 1.1 says it, the scheduler', () => {
    expect(readProxyConfig(commented).ipvs).toMatchObject({
      excludeCIDRs: ['192.0.2.0/24'],
      strictARP: true,
      scheduler: 'lc',
    });
  });
  test.each([withLines(), withLines('mode: ""'), withLines('mode:'), withLines('mode: null')])(
    'an unset mode is not taken for a chosen one: %j',
    (text) => {
      expect(readProxyConfig(text)).toMatchObject({ effectiveMode: 'iptables' });
      expect(readProxyConfig(text).mode).toBeUndefined();
    },
  );
  test('JSON', () => {
    expect(readProxyConfig(json)).toMatchObject({ mode: 'ipvs', iptables: { masqueradeBit: 10 } });
  });
});

describe('only the intended lines change', () => {
  test('kubeadm', () => {
    const { text, changes } = editProxyConfig(kubeadm, { mode: 'nftables' });
    expect(changedLines(kubeadm, text)).toEqual([
      '-mode: ipvs',
      '+mode: nftables',
      '-nodePortAddresses: null',
      '+nodePortAddresses: ["0.0.0.0/0"]',
    ]);
    expect(changes).toEqual([
      { path: 'mode', before: 'ipvs', after: 'nftables' },
      { path: 'nodePortAddresses', before: null, after: ['0.0.0.0/0'] },
    ]);
  });
  test('kubespray: a missing section is added in its place, both families by clusterCIDR', () => {
    expect(changedLines(kubespray, toNftables(kubespray))).toEqual([
      '-mode: ipvs',
      '-nodePortAddresses: []',
      '+mode: nftables',
      '+nftables:',
      '+  masqueradeBit: 12',
      '+nodePortAddresses: ["0.0.0.0/0", "::/0"]',
    ]);
  });
  test('written by hand: comments, quotes and indentation stay', () => {
    expect(changedLines(commented, toNftables(commented))).toEqual([
      '-mode: "ipvs"   # not iptables!',
      '+mode: "nftables"   # not iptables!',
      '-nodePortAddresses:      # everything',
      '+nodePortAddresses: ["0.0.0.0/0"]      # everything',
      '+nftables:',
      '+    masqueradeAll: true',
    ]);
  });
  test('JSON stays JSON', () => {
    const text = toNftables(json);
    expect(changedLines(json, text)).toEqual([
      '-    "mode": "ipvs",',
      '+    "mode": "nftables",',
      '-    "nodePortAddresses": [],',
      '-    "clusterCIDR": "fd00::/48"',
      '+    "nodePortAddresses": ["::/0"],',
      '+    "clusterCIDR": "fd00::/48",',
      '+    "nftables": {"masqueradeBit": 10}',
    ]);
    expect(JSON.parse(text)).toMatchObject({ mode: 'nftables', nftables: { masqueradeBit: 10 } });
  });
  test('JSON on one line', () => {
    const line = JSON.stringify(JSON.parse(json));
    expect(JSON.parse(toNftables(line))).toMatchObject({ mode: 'nftables', nodePortAddresses: ['::/0'] });
    expect(toNftables(line)).not.toContain('\n');
  });
  test.each([
    ['a missing mode', withLines('nodePortAddresses: [primary]', 'x: 1'), ['+mode: nftables']],
    ['mode: ""', withLines('mode: ""', 'nodePortAddresses: [primary]'), ['-mode: ""', '+mode: "nftables"']],
    ["mode: 'ipvs'", withLines("mode: 'ipvs'", 'nodePortAddresses: [a]'), ["-mode: 'ipvs'", "+mode: 'nftables'"]],
    [
      'mode without a value',
      withLines('mode: # later', 'nodePortAddresses: [a]'),
      ['-mode: # later', '+mode: nftables # later'],
    ],
  ])('%s', (_, text, expected) => {
    expect(changedLines(text, toNftables(text))).toEqual(expected);
  });
  test('a list of nodePortAddresses is a decision and stays, block or flow', () => {
    for (const list of [
      'nodePortAddresses: ["10.0.0.0/8"]',
      'nodePortAddresses:\n- 10.0.0.0/8',
      'nodePortAddresses: [primary]',
    ]) {
      const text = withLines('mode: ipvs', list);
      expect(toNftables(text)).toBe(text.replace('mode: ipvs', 'mode: nftables'));
    }
  });
  test('a comment inside an empty list stays', () => {
    const text = withLines('mode: ipvs', 'nodePortAddresses: [ # all of them', '  ]');
    expect(toNftables(text)).toContain('nodePortAddresses: ["0.0.0.0/0" # all of them\n  ]');
  });
  test('the last line without a line end stays without one', () => {
    const text = withLines('mode: ipvs').trimEnd();
    expect(toNftables(text)).toBe(`${text.replace('ipvs', 'nftables')}\nnodePortAddresses: ["0.0.0.0/0"]`);
  });
  test.each([
    ['kubeadm', kubeadm],
    ['kubespray', kubespray],
    ['commented', commented],
    ['JSON', json],
  ])('%s with CRLF: the same edit, every line end kept', (_, text) => {
    const crlf = text.replaceAll('\n', '\r\n');
    expect(toNftables(crlf)).toBe(toNftables(text).replaceAll('\n', '\r\n'));
  });
  test('a byte order mark stays in front', () => {
    expect(toNftables(`\uFEFF${kubeadm}`)).toBe(`\uFEFF${toNftables(kubeadm)}`);
  });
});

describe('what is carried across', () => {
  const bits = (iptables: string, nftables: string) =>
    editProxyConfig(withLines('mode: ipvs', `iptables: ${iptables}`, `nftables: ${nftables}`), { mode: 'nftables' })
      .changes.filter(({ path }) => path.startsWith('nftables.'))
      .map(({ path, before, after }) => [path, before, after]);
  test.each([
    ['{masqueradeBit: 14}', '{}', []],
    ['{masqueradeBit: null, masqueradeAll: false}', '{masqueradeBit: 9}', []],
    ['{masqueradeBit: 10}', '{masqueradeBit: 10}', []],
    ['{masqueradeBit: 10}', 'null', [['nftables.masqueradeBit', null, 10]]],
    ['{masqueradeBit: 14}', '{masqueradeBit: 9}', [['nftables.masqueradeBit', 9, 14]]],
    ['{masqueradeAll: true}', '{masqueradeAll: false}', [['nftables.masqueradeAll', false, true]]],
  ])('iptables %s, nftables %s', (iptables, nftables, expected) => {
    expect(bits(iptables, nftables)).toEqual(expected);
  });
  test('both options off: the mode alone', () => {
    const { text } = editProxyConfig(kubespray, {
      mode: 'nftables',
      carryMasquerade: false,
      keepNodePortAddresses: false,
    });
    expect(text).toBe(kubespray.replace('mode: ipvs', 'mode: nftables'));
  });
  test('families: as given, else clusterCIDR, else bindAddress, else IPv4', () => {
    const addresses = (lines: string[], ipFamilies?: ('IPv4' | 'IPv6')[]) =>
      editProxyConfig(withLines(...lines), { mode: 'nftables', ...(ipFamilies ? { ipFamilies } : {}) }).changes.at(-1)
        ?.after;
    expect(addresses(['clusterCIDR: 10.0.0.0/8'], ['IPv4', 'IPv6'])).toEqual(['0.0.0.0/0', '::/0']);
    expect(addresses(['clusterCIDR: "fd00::/48,10.0.0.0/8"'])).toEqual(['::/0', '0.0.0.0/0']);
    expect(addresses(['bindAddress: "::"'])).toEqual(['::/0']);
    expect(addresses(['clusterCIDR: ""'])).toEqual(['0.0.0.0/0']);
  });
  test('back to ipvs changes the mode alone', () => {
    const text = toNftables(kubeadm);
    expect(editProxyConfig(text, { mode: 'ipvs' }).text).toBe(text.replace('mode: nftables', 'mode: ipvs'));
  });
});

describe('twice is once', () => {
  test.each([kubeadm, kubespray, commented, json, withLines()])('%#', (text) => {
    const once = toNftables(text);
    expect(editProxyConfig(once, { mode: 'nftables' })).toEqual({ text: once, changes: [] });
  });
  test('a text that is already there is returned byte for byte, whatever else it says', () => {
    const text = withLines('mode:   nftables  ', 'iptables: {masqueradeBit: 3}', 'nodePortAddresses:');
    expect(editProxyConfig(text, { mode: 'nftables' })).toEqual({ text, changes: [] });
  });
});

describe('refused with one sentence that says where', () => {
  test.each([
    ['- a\n- b\n', 'is not a mapping'],
    [withLines('mode: &m ipvs', 'x: *m'), 'mode cannot be edited safely: it carries the anchor "&m"'],
    [withLines('x: &m ipvs', 'mode: *m'), 'mode cannot be edited safely: it is the alias "*m"'],
    [withLines('mode: !!str ipvs'), 'it carries the tag'],
    [withLines('mode: >-', '  ipvs'), 'it is a block scalar'],
    [withLines('base: &b {mode: ipvs}', '<<: *b'), 'a merge key "<<"'],
    [
      withLines('mode: ipvs', 'iptables: &i {masqueradeBit: 3}', 'nftables: *i', 'nodePortAddresses: &n []'),
      'the anchor "&n"',
    ],
    [
      withLines('mode: ipvs', 'x: &i {syncPeriod: 3s}', 'iptables: {masqueradeBit: 3}', 'nftables: *i'),
      'it is the alias "*i"',
    ],
    [
      withLines('mode: ipvs', 'iptables: {masqueradeBit: 3}', 'nftables: &n', '  syncPeriod: 1s'),
      'it carries the anchor "&n"',
    ],
  ])('%j', (text, message) => {
    const failure = failureOf(text);
    expect(failure.kind).toBe('Invalid');
    expect(failure.message).toContain(message);
    expect(failure.message).toContain('config.conf');
    expect(failure.message).not.toContain('\n');
    expect(failure.details.hint).toBeTruthy();
  });
});

describe('for any configuration', () => {
  const word = fc.stringMatching(/^[a-z][a-zA-Z]{0,8}$/);
  const scalar = fc.oneof(fc.string({ maxLength: 12 }), fc.integer(), fc.boolean(), fc.constant(null));
  const extras = fc.dictionary(
    word.map((name) => `x${name}`),
    fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }), fc.dictionary(word, scalar, { maxKeys: 3 })),
    { maxKeys: 5 },
  );
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const config = fc.record({
    extras,
    mode: maybe(fc.constantFrom('ipvs', 'iptables', '', null)),
    iptables: maybe(
      fc.record({ masqueradeBit: fc.option(fc.integer({ min: 0, max: 31 })), masqueradeAll: fc.boolean() }),
    ),
    nftables: maybe(fc.option(fc.record({ syncPeriod: fc.constant('30s') }, { requiredKeys: [] }))),
    nodePortAddresses: maybe(fc.constantFrom(null, [], ['10.0.0.0/8'])),
    seed: fc.integer(),
  });
  const style = fc.record({
    indent: fc.constantFrom(2, 4),
    collectionStyle: fc.constantFrom('any', 'flow' as const),
    indentSeq: fc.boolean(),
    defaultStringType: fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE'),
    json: fc.boolean(),
    crlf: fc.boolean(),
    trailing: fc.boolean(),
    comments: fc.boolean(),
  });

  test('the content differs in the named values alone, other lines keep their bytes, and a second edit does nothing', () => {
    fc.assert(
      fc.property(config, style, ({ extras: more, seed, ...known }, how) => {
        const entries = Object.entries({
          apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
          kind: 'KubeProxyConfiguration',
          ...more,
          ...known,
        }).filter(([, value]) => value !== undefined);
        entries.sort(([a], [b]) => (seed % 2 === 0 ? (a < b ? -1 : 1) : 0));
        const data = Object.fromEntries(entries);
        let text = how.json
          ? JSON.stringify(data, null, how.indent)
          : stringify(data, {
              version: '1.1',
              lineWidth: 0,
              ...how,
              collectionStyle: how.collectionStyle as 'any' | 'flow',
            });
        const flow = how.json || how.collectionStyle === 'flow';
        if (how.comments && !flow) text = `# top\n${text.replace(/^(mode|iptables):/m, '\n# above\n$1:')}# end\n`;
        if (!how.trailing) text = text.trimEnd();
        if (how.crlf) text = text.replaceAll('\n', '\r\n');

        const { text: edited, changes } = editProxyConfig(text, { mode: 'nftables' });
        const wanted = structuredClone(data) as Record<string, unknown>;
        for (const { path, after } of changes) {
          const [first = '', second] = path.split('.');
          wanted[first] = second === undefined ? after : { ...(wanted[first] as object | null), [second]: after };
        }
        expect(parse(edited, { version: '1.1' })).toEqual(wanted);
        if (how.json) expect(JSON.parse(edited)).toEqual(wanted);
        expect(editProxyConfig(edited, { mode: 'nftables' })).toEqual({ text: edited, changes: [] });

        // What was taken away is only the old lines of the named values; line ends are never mixed.
        const touched = /mode|nftables|nodePortAddresses/;
        const kept = text.split('\n').filter((line) => !touched.test(line));
        if (!flow) {
          const rest = edited.split('\n');
          let at = 0;
          for (const line of kept) {
            const found = rest.indexOf(line, at);
            // The last line may have got a line end, since a new line came after it.
            const index = found === -1 ? rest.indexOf(`${line}\r`, at) : found;
            expect(index, `${JSON.stringify(line)} is gone`).toBeGreaterThanOrEqual(at);
            at = index + 1;
          }
        }
        if (how.crlf) expect(edited.replaceAll('\r\n', '')).not.toContain('\n');
      }),
      { numRuns: 400 },
    );
  });
});
