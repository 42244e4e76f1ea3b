import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { connectionsScript, parseIpvsState } from '../../../src/cluster/standby/connections.ts';

const run = promisify(execFile);

/** Lines of /proc/net/ip_vs_conn as Linux 6.1 prints them (net/netfilter/ipvs/ip_vs_conn.c), taken from a real node. */
const HEAD = 'Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData';
const connection = (protocol: string, state: string) =>
  `${protocol} 0AF40104 DDB6 0A600064 0050 0AF40203 1F90 ${state.padEnd(11)} ${'6'.padStart(7)}`;

/** What the script prints once, on a node whose /proc/net has these files. */
async function printed(files: Record<string, string>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'proxyshift-ipvs-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  const once = connectionsScript.replaceAll('/proc/net', directory).replace(/^ {2}sleep .*$/m, '  exit 0');
  return (await run('/bin/sh', ['-c', once])).stdout;
}

const dev = (...names: string[]) =>
  ['Inter-|   Receive', ' face |bytes', ...names.map((name) => `${name}: 0 0`), ''].join('\n');

it('counts TCP connections that are open, and no templates of sessionAffinity', async () => {
  const states = ['ESTABLISHED', 'SYN_RECV', 'FIN_WAIT', 'CLOSE_WAIT', 'TIME_WAIT', 'CLOSE', 'NONE', 'ASSURED'];
  const lines = [HEAD, ...states.map((state) => connection('TCP', state)), connection('UDP', 'UDP'), ''];
  const servers = [
    'IP Virtual Server version 1.2.1 (size=4096)',
    'Prot LocalAddress:Port Scheduler Flags',
    '  -> RemoteAddress:Port Forward',
    'TCP  0A600001:01BB rr',
    '  -> C0A84201:192B      Masq    1',
    'UDP  0A60000A:0035 rr',
    '',
  ];
  const text = await printed({
    ip_vs_conn: lines.join('\n'),
    ip_vs: servers.join('\n'),
    dev: dev('    lo', 'kube-ipvs0'),
  });
  expect(parseIpvsState(text)).toEqual({ tcp: 4, udp: 1, servers: 2, interface: true });
});

it('says that there is nothing where the module is not loaded', async () => {
  expect(parseIpvsState(await printed({ dev: dev('    lo', '  eth0') }))).toEqual({
    tcp: 0,
    udp: 0,
    servers: 0,
    interface: false,
  });
});

it('says that nothing is open where IPVS is there and carries nothing', async () => {
  const text = await printed({ ip_vs_conn: `${HEAD}\n`, ip_vs: 'IP Virtual Server\n', dev: dev('kube-ipvs0') });
  expect(parseIpvsState(text)).toEqual({ tcp: 0, udp: 0, servers: 0, interface: true });
});

it.each(['', 'grep: not found', 'tcp= udp=0 servers=0 interface=no', 'tcp=-1 udp=0 servers=0 interface=no'])(
  'takes %j for no answer',
  (text) => expect(parseIpvsState(text)).toBeUndefined(),
);
