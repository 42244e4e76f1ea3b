import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PathVerdict, ProbeAnswer, ProbePath } from '../../src/model/probe.ts';
import { startEchoServer } from '../../src/probe/echo-server.ts';
import { Prober } from '../../src/probe/prober.ts';
import { Stalls } from '../../src/probe/stalls.ts';
import { startCutProxy } from './support.ts';

const EVERY_MS = 25;
const host = '127.0.0.1';

async function echo() {
  const server = await startEchoServer({ host, port: 0 });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

/** Runs probers while something happens; ends when that has happened. */
async function during(paths: ProbePath[], happens: (see: Watching) => Promise<void>): Promise<PathVerdict[]> {
  const end = new AbortController();
  const stalls = new Stalls();
  stalls.watch(end.signal);
  const watching = new Watching();
  const probers = paths.map(
    (path, at) =>
      new Prober({
        path,
        everyMs: EVERY_MS,
        timeoutMs: 200,
        stalls,
        onAnswer: ({ answer }) => watching.saw(at, answer),
      }),
  );
  const running = Promise.all(probers.map((prober) => prober.run(end.signal)));
  await happens(watching);
  end.abort();
  await running;
  return probers.flatMap((prober) => prober.verdict() ?? []);
}

/** Lets a test wait for what a prober sees. */
class Watching {
  readonly #seen = new Map<number, ProbeAnswer[]>();
  #wake: (() => void)[] = [];

  saw(path: number, answer: ProbeAnswer): void {
    this.#seen.set(path, [...(this.#seen.get(path) ?? []), answer]);
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** Until this path has had so many of these answers, from now on. */
  async until(path: number, answer: ProbeAnswer, times = 1): Promise<void> {
    const count = () => (this.#seen.get(path) ?? []).filter((one) => one === answer).length;
    const wanted = count() + times;
    while (count() < wanted) await new Promise<void>((resolve) => this.#wake.push(resolve));
  }
}

describe('a prober over real sockets', () => {
  it.each(['tcp', 'held', 'udp'] as const)('sees every answer of a server that answers, by %s', async (kind) => {
    const { port } = await echo();
    const [verdict] = await during([{ kind, host, port }], async (see) => see.until(0, 'ok', 20));
    expect(verdict).toMatchObject({ longestGapMs: 0, lost: 0, errors: {} });
    expect(verdict?.samples.ok).toBeGreaterThanOrEqual(20);
  });

  it('measures how long nothing got through to within one interval, on new and on held connections', async () => {
    const { port } = await echo();
    const proxy = await startCutProxy(port);
    let cutMs = 0;
    const paths = (['tcp', 'held'] as const).map((kind) => ({ kind, host, port: proxy.port }));
    const verdicts = await during(paths, async (see) => {
      await Promise.all([see.until(0, 'ok', 10), see.until(1, 'ok', 10)]);
      proxy.drop();
      const from = performance.now();
      // The fault itself: what is measured is its length.
      await delay(700);
      proxy.heal();
      cutMs = performance.now() - from;
      await Promise.all([see.until(0, 'ok', 10), see.until(1, 'ok', 10)]);
    });
    for (const { longestGapMs, longestGapAtMostMs, errors, outages } of verdicts) {
      // What the machine did not let this process see is between the two.
      expect(longestGapMs).toBeLessThan(cutMs + 2 * EVERY_MS);
      expect(longestGapAtMostMs).toBeGreaterThan(cutMs - EVERY_MS);
      expect(Object.keys(errors)).toEqual(['timeout']);
      expect(outages.length).toBeGreaterThanOrEqual(1);
    }
    // The proxy kept it open, so it lived through the gap.
    expect(verdicts[1]?.lost).toBe(0);
  });

  it('tells a held connection that is reset from new ones, which work on', async () => {
    const { port } = await echo();
    const proxy = await startCutProxy(port);
    const paths: ProbePath[] = [
      { kind: 'held', host, port: proxy.port },
      { kind: 'udp', host, port },
    ];
    const [held, other] = await during(paths, async (see) => {
      await see.until(0, 'ok', 5);
      proxy.reset();
      await see.until(0, 'failed');
      await see.until(0, 'ok', 5);
    });
    expect(held).toMatchObject({ lost: 1, errors: { ECONNRESET: expect.any(Number) } });
    expect(other).toMatchObject({ lost: 0, samples: { failed: 0 } });
  });

  it.each([
    ['tcp', 'ECONNREFUSED'],
    ['held', 'ECONNREFUSED'],
    ['udp', 'ECONNREFUSED'],
  ] as const)('says why nobody answers, by %s', async (kind, error) => {
    const { port } = await echo();
    const gone = await startEchoServer({ host, port: 0 });
    await gone[Symbol.asyncDispose]();
    expect(gone.port).not.toBe(port);
    const [verdict] = await during([{ kind, host, port: gone.port }], async (see) => see.until(0, 'failed', 5));
    expect(verdict?.errors).toHaveProperty(error);
    expect(verdict?.samples.ok).toBe(0);
  });

  it('takes the answer of a DNS server that there is no such name for an answer, and silence for none', async () => {
    const server = createSocket('udp4');
    let silent = false;
    server.on('message', (query, from) => {
      if (silent) return;
      const answer = Buffer.from(query);
      // A response (RFC 1035, 4.1.1): QR and RA, RCODE 3 (NXDOMAIN), no other section than the question.
      answer.writeUInt16BE(0x8183, 2);
      answer.writeUInt32BE(0, 8);
      answer.writeUInt16BE(0, 6);
      // Without what follows the question (EDNS), whose count is nought now.
      const end = 12 + query.subarray(12).indexOf(0) + 1 + 4;
      server.send(answer.subarray(0, end), from.port, from.address);
    });
    server.bind(0, host);
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const path: ProbePath = { kind: 'dns', host, port: server.address().port, name: 'no.such.name' };
    const [verdict] = await during([path], async (see) => {
      await see.until(0, 'ok', 5);
      silent = true;
      await see.until(0, 'failed', 5);
      silent = false;
      await see.until(0, 'ok', 5);
    });
    expect(verdict?.errors).toEqual({ timeout: expect.any(Number) });
  });

  it('does not know what happened while it did not run itself, and calls that neither fine nor failed', async () => {
    const { port } = await echo();
    const [verdict] = await during([{ kind: 'tcp', host, port }], async (see) => {
      await see.until(0, 'ok', 10);
      // As a process that gets no time: nothing of it runs, its timers and its sockets neither.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
      await see.until(0, 'ok', 10);
    });
    expect(verdict?.samples.failed).toBe(0);
    expect(verdict?.samples.unknown).toBeGreaterThanOrEqual(15);
    expect(verdict?.longestGapAtMostMs).toBeGreaterThanOrEqual(400);
  });
});
