import { isIP } from 'node:net';
import { Failure } from '../model/failure.ts';
import { type ProbePath, probeKinds, probePathSchema } from '../model/probe.ts';

const DNS_PORT = 53;

/**
 * Reads `tcp://10.96.0.10:80`, `udp://[fd00::10]:80`, `dns://10.96.0.10/kubernetes.default.svc.cluster.local`.
 * @throws Failure `Refused` that quotes the text and says what is accepted
 */
export function parsePath(text: string): ProbePath {
  // Whatever was meant by it, what stands before an @ is nobody else's business.
  const quoted = text.replace(/\/\/.*@/, '//…@');
  const refuse = (why: string) => new Failure('Refused', `not a path to probe: "${quoted}" (${why})`, { hint: HINT });
  if (!URL.canParse(text)) throw refuse('expected KIND://HOST:PORT');
  const url = new URL(text);
  const kind = probeKinds.find((known) => url.protocol === `${known}:`);
  if (kind === undefined) throw refuse(`expected ${probeKinds.join(', ')} before the ://`);
  if (url.username || url.password || url.search || url.hash) throw refuse('expected nothing but host and port');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const name = decodeURIComponent(url.pathname.replace(/^\//, ''));
  const port = url.port === '' && kind === 'dns' ? DNS_PORT : Number(url.port);
  if (kind === 'dns' && isIP(host) === 0) throw refuse('expected the IP address of a DNS server');
  if (kind === 'dns' && name === '') throw refuse('expected a name to ask for after the server');
  if (kind !== 'dns' && name !== '') throw refuse('expected nothing after the port');
  const read = probePathSchema.safeParse({ kind, host, port, ...(kind === 'dns' ? { name } : {}) });
  if (!read.success) throw refuse(host === '' ? 'expected a host' : 'expected a port from 1 to 65535');
  return read.data;
}

const HINT = 'Give tcp://HOST:PORT, held://HOST:PORT, udp://HOST:PORT or dns://SERVER/NAME.';
