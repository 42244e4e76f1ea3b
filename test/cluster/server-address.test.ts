import { describe, expect, test } from 'vitest';
import { canonicalAddress, locateServer } from '../../src/cluster/server-address.ts';

describe('canonicalAddress', () => {
  test.each([
    ['10.96.0.1', '10.96.0.1'],
    ['fd00:0010:0096:0:0:0:0:1', 'fd00:10:96::1'],
    ['FD00:10:96::1', 'fd00:10:96::1'],
    ['[fd00:10:96::1]', 'fd00:10:96::1'],
    ['::ffff:10.96.0.1', '10.96.0.1'],
    ['::ffff:a60:1', '10.96.0.1'],
    ['::1', '::1'],
    ['kubernetes', undefined],
    ['10.96.0', undefined],
    ['fe80::1%eth0', undefined],
    ['', undefined],
  ])('%s is %s', (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical);
  });
});

describe('locateServer', () => {
  test.each([
    ['https://192.0.2.10:6443', { host: '192.0.2.10', port: 6443, addresses: ['192.0.2.10'] }],
    ['https://192.0.2.10', { host: '192.0.2.10', port: 443, addresses: ['192.0.2.10'] }],
    ['http://192.0.2.10', { host: '192.0.2.10', port: 80, addresses: ['192.0.2.10'] }],
    ['https://[FD00:10:96:0::1]:6443/k8s', { host: 'fd00:10:96::1', port: 6443, addresses: ['fd00:10:96::1'] }],
    ['https://no-such-name.invalid.:6443', { host: 'no-such-name.invalid', port: 6443, addresses: [] }],
  ])('takes %s apart', async (server, expected) => {
    expect(await locateServer(server)).toEqual(expected);
  });

  test('resolves a name as a connection would', async () => {
    const { host, addresses } = await locateServer('https://localhost:6443');
    expect(host).toBe('localhost');
    expect(addresses.some((address) => address === '127.0.0.1' || address === '::1')).toBe(true);
  });

  test.each(['', 'not a url'])('refuses %j, quoting it', async (server) => {
    await expect(locateServer(server)).rejects.toMatchObject({
      kind: 'Invalid',
      message: expect.stringContaining(`"${server}"`),
    });
  });
});
