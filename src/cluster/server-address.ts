import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Failure } from '../model/failure.ts';

/** Where the worker finds the API server. */
export interface ServerAddress {
  /** Name or IP address, as `canonicalAddress` writes it; without a dot at its end. */
  host: string;
  port: number;
  /** What the host is or resolves to on this machine; empty where the name is known only to a proxy in between. */
  addresses: readonly string[];
}

/**
 * Takes the address in a kubeconfig apart, and resolves its name as a connection would.
 * @throws Failure `Invalid` where it is no URL
 */
export async function locateServer(server: string): Promise<ServerAddress> {
  if (!URL.canParse(server)) {
    throw new Failure('Invalid', `The address of the API server "${server}" is not a URL`, {
      hint: 'Correct `server` in the kubeconfig, as https://api.example.com:6443.',
    });
  }
  const { hostname, port, protocol } = new URL(server);
  const name = hostname.replace(/\.$/, '');
  const address = canonicalAddress(name);
  return {
    host: address ?? name,
    port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port),
    addresses: address === undefined ? await resolve(name) : [address],
  };
}

/**
 * One way of writing for each IP address, so that they can be compared: IPv6 in its shortest form (RFC 5952), without
 * brackets, and IPv4 that is mapped into IPv6 as IPv4. Undefined where the text is no address.
 */
export function canonicalAddress(text: string): string | undefined {
  const bare = text.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) === 4) return bare;
  if (isIP(bare) !== 6 || !URL.canParse(`http://[${bare}]`)) return undefined;
  const short = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short);
  if (mapped === null) return short;
  const [high, low] = [mapped[1], mapped[2]].map((half = '') => Number.parseInt(half, 16));
  return [high, low].flatMap((half = 0) => [half >> 8, half & 0xff]).join('.');
}

async function resolve(name: string): Promise<string[]> {
  try {
    const found = await lookup(name, { all: true });
    return found.flatMap(({ address }) => canonicalAddress(address) ?? []);
  } catch {
    // Behind a proxy of the kubeconfig (proxy-url) it is the proxy that resolves the name. A name that nobody can resolve
    // ends every other call.
    return [];
  }
}
