import { describe, expect, it } from 'vitest';
import { describePath } from '../../src/model/probe.ts';
import { parsePath } from '../../src/probe/parse-path.ts';

describe('a path to probe', () => {
  it.each([
    ['tcp://10.96.0.10:80', { kind: 'tcp', host: '10.96.0.10', port: 80 }],
    ['held://web.shop:8080', { kind: 'held', host: 'web.shop', port: 8080 }],
    ['udp://[fd00::10]:53', { kind: 'udp', host: 'fd00::10', port: 53 }],
    ['dns://10.96.0.10:5353/a.b', { kind: 'dns', host: '10.96.0.10', port: 5353, name: 'a.b' }],
  ])('is read from %s, and written so', (text, expected) => {
    expect(parsePath(text)).toEqual(expected);
    expect(describePath(parsePath(text))).toBe(text);
  });

  it('of a DNS server has port 53 unless it is said', () => {
    expect(parsePath('dns://10.96.0.10/kubernetes')).toMatchObject({ port: 53, name: 'kubernetes' });
  });

  it.each([
    ['10.96.0.10:80', 'expected KIND://HOST:PORT'],
    ['web', 'expected KIND://HOST:PORT'],
    ['http://web:80', 'expected tcp, held, udp, dns before the ://'],
    ['tcp://web', 'a port from 1 to 65535'],
    ['tcp://web:0', 'a port from 1 to 65535'],
    ['tcp://:80', 'expected'],
    ['tcp://web:80/path', 'nothing after the port'],
    ['tcp://ada:secret@web:80', 'nothing but host and port'],
    ['dns://kube-dns/name', 'the IP address of a DNS server'],
    ['dns://10.96.0.10', 'a name to ask for'],
  ])('is refused where it is "%s", with what is accepted', (text, why) => {
    expect(() => parsePath(text)).toThrow(expect.objectContaining({ message: expect.stringContaining(why) }));
    expect(() => parsePath(text)).toThrow(text.replace('ada:secret@', '…@'));
  });
});
