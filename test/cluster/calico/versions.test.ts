import { describe, expect, test } from 'vitest';
import {
  type CalicoInstall,
  calicoMinorOf,
  calicoSupport,
  cleansUpOtherMode,
  defaultsToAuto,
  expectedNftablesMode,
  needsPolicyTimeoutNull,
  parseCalicoVersion,
} from '../../../src/cluster/calico/versions.ts';

test.each(['v3.31.7', '3.31.7', ' v3.31.7\n'])('%j is a version', (text) => {
  expect(parseCalicoVersion(text).version).toBe('3.31.7');
});
test.each(['', 'v3.31', 'master', 'v1.42.4', 'v3.31.x'])('%j is refused and quoted', (text) => {
  expect(() => parseCalicoVersion(text)).toThrow(JSON.stringify(text));
});

describe('the mode that each version writes', () => {
  const mode = (install: CalicoInstall['install'], calicoVersion: string, operatorVersion?: string) =>
    (['Nftables', 'Iptables'] as const).map((dataplane) =>
      expectedNftablesMode({ install, calicoVersion, operatorVersion, dataplane }),
    );
  test.each([
    ['v3.29.7', 'v1.36.0', 'Enabled'],
    ['v3.30.7', 'v1.38.1', 'Enabled'],
    ['v3.31.7', 'v1.40.0', 'Enabled'],
    ['v3.31.3', 'v1.41.1', 'Enabled'],
    ['v3.32.1', 'v1.42.4', 'Auto'],
    ['v3.32.1', 'v1.43.0', 'Auto'],
  ])('operator: Calico %s, operator %s: %s, back Disabled', (calico, operator, expected) => {
    expect(mode('operator', calico, operator)).toEqual([expected, 'Disabled']);
    expect(mode('operator', calico)).toEqual([expected, 'Disabled']);
  });
  test.each([
    ['v3.29.7', ['Enabled', 'Disabled']],
    ['v3.31.7', ['Enabled', 'Disabled']],
    ['v3.32.0', ['Auto', 'Auto']],
  ])('manifest: Calico %s: %j', (calico, expected) => expect(mode('manifest', calico)).toEqual(expected));
  test('a version without nftables is refused', () => {
    expect(() => mode('operator', 'v3.28.2', 'v1.34.5')).toThrow('has no nftables dataplane');
    expect(() => mode('operator', 'v3.28.2')).toThrow('has no nftables dataplane');
    expect(() => mode('manifest', 'v3.28.2')).toThrow('has no nftables dataplane');
    expect(() => mode('operator', 'v3.31.7', 'latest')).toThrow('"latest"');
  });
});

test('which Calico an operator installs', () => {
  expect(calicoMinorOf('v1.41.1')).toBe('3.31');
  expect(calicoMinorOf('1.43.0')).toBe('3.32');
  expect(calicoMinorOf('v1.37.0')).toBe('3.29');
  expect(calicoMinorOf('v1.44.0')).toBeUndefined();
});

test('the traps, by version', () => {
  const versions = ['v3.29.0', 'v3.30.7', 'v3.31.0', 'v3.32.1'];
  expect(versions.map(needsPolicyTimeoutNull)).toEqual([true, true, false, false]);
  expect(versions.map(cleansUpOtherMode)).toEqual([false, false, true, true]);
  expect(versions.map(defaultsToAuto)).toEqual([false, false, false, true]);
});

test.each([
  ['v3.29.7', false, false],
  ['v3.30.0', true, false],
  ['v3.31.6', true, false],
  ['v3.31.7', true, true],
  ['v3.32.1', true, false],
  ['v3.32.2', true, true],
  ['v3.33.0', true, true],
  ['v3.33.0-0.dev', true, false],
])('%s: supported %s, recommended %s', (version, supported, recommended) => {
  expect(calicoSupport(version)).toEqual({ supported, recommended });
});
