import { createServer } from 'node:net';

/**
 * Two different free ports of `host`; both are held until both are known. Somebody else can take them before they are
 * used: try again then.
 */
export async function freePorts(host: string): Promise<[number, number]> {
  const servers = await Promise.all([listenAnywhere(host), listenAnywhere(host)]);
  const [first, second] = servers;
  await Promise.all(servers.map((server) => server.close()));
  return [first.port, second.port];
}

async function listenAnywhere(host: string): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port from the operating system');
  return { port: address.port, close: () => new Promise((resolve) => server.close(() => resolve())) };
}
