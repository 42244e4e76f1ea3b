import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { pathVerdictSchema, segmentSchema } from '../../src/model/probe.ts';
import { startEchoServer } from '../../src/probe/echo-server.ts';
import { attemptsOf, emptySegment, endOf } from '../../src/probe/segment.ts';
import { runCli } from './support/run-cli.ts';

const starter = join(import.meta.dirname, '../../src/starter.ts');
const host = '127.0.0.1';
const documentSchema = z.object({ probeVersion: z.literal(1), paths: z.array(pathVerdictSchema) });

async function echo(): Promise<number> {
  const server = await startEchoServer({ host, port: 0 });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server.port;
}

describe('proxyshift probe', () => {
  it('watches paths for a time, and says of each what was lost', async () => {
    const port = await echo();
    const paths = ['tcp', 'held', 'udp'].map((kind) => `${kind}://${host}:${port}`);
    const ended = await runCli(['probe', 'watch', '--duration', '1s', '--every', '50ms', '-o', 'json', ...paths]);
    expect(ended, ended.stderr).toMatchObject({ code: 0, stderr: expect.stringContaining('asking every 50 ms') });
    const { paths: verdicts } = documentSchema.parse(JSON.parse(ended.stdout));
    expect(verdicts.map(({ path }) => path)).toEqual(paths);
    for (const { samples, errors } of verdicts) {
      expect(samples.ok).toBeGreaterThan(0);
      expect(errors).toEqual({});
    }
  });

  it('tells of each path in lines that add up, for whoever keeps them', async () => {
    const path = `tcp://${host}:${await echo()}`;
    const lines = ['-o', 'jsonl', '--segment', '200ms', '--every', '20ms', '--duration', '900ms'];
    const ended = await runCli(['probe', 'watch', ...lines, path]);
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    const segments = ended.stdout
      .trim()
      .split('\n')
      .map((line) => segmentSchema.parse(JSON.parse(line)));
    expect(segments.length).toBeGreaterThanOrEqual(2);
    expect(attemptsOf(segments[0] ?? emptySegment(path, 20, 0))).toBe(10);
    const [first, second] = segments;
    expect(second?.from).toBe(first && new Date(endOf(first)).toISOString());
  });

  it('exits with 1 where a path was away for longer than the limit, and says when and why', async () => {
    const gone = await startEchoServer({ host, port: 0 });
    await gone[Symbol.asyncDispose]();
    const path = `tcp://${host}:${gone.port}`;
    const ended = await runCli(['probe', 'watch', '--duration', '500ms', '--limit', '200ms', path]);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/^\d\d:\d\d:\d\d\.\d{3} away tcp:.* \(ECONNREFUSED\)$/m);
    expect(ended.stdout).toMatch(/PATH +ATTEMPTS +FAILED +UNKNOWN +LONGEST GAP +LOST +WHY\n.*ECONNREFUSED × \d/);
  });

  it('answers probes until it is told to end, and gives its port back', async () => {
    const server = spawn(process.execPath, [starter, 'probe', 'serve', '--host', host, '--port', '0']);
    onTestFinished(() => void server.kill('SIGKILL'));
    const [line] = await once(createInterface(server.stderr), 'line');
    const port = Number(/port (\d+)/.exec(String(line))?.[1]);
    const path = `tcp://${host}:${port}`;
    const during = await runCli(['probe', 'watch', '--duration', '300ms', '-o', 'json', path]);
    expect(documentSchema.parse(JSON.parse(during.stdout)).paths[0]?.samples.failed).toBe(0);
    const taken = await runCli(['probe', 'serve', '--host', host, '--port', String(port)]);
    expect(taken).toMatchObject({ code: 2, stderr: expect.stringContaining(`cannot listen on ${host}, port ${port}`) });
    server.kill('SIGTERM');
    expect(await once(server, 'exit')).toEqual([0, null]);
  });

  it.each([
    ['a path that is none', ['tcp://web'], /not a path to probe: "tcp:\/\/web" \(expected a port/],
    ['a pace that is too fast', ['--every', '5ms', 'tcp://web:80'], /--every is 5 ms\n.*Give 20ms to 1s/],
    ['no path', [], /missing required argument 'path'/],
  ])('refuses %s', async (_, args, message) => {
    const ended = await runCli(['probe', 'watch', ...args]);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(message);
  });
});
