import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { describePath, type ProbePath } from '../../model/probe.ts';
import { parsePath } from '../../probe/parse-path.ts';
import { PathTally } from '../../probe/tally.ts';
import type { ContainerLog } from './container-log.ts';
import type { NodeTraffic } from './node-traffic.ts';
import type { Pod } from './pod.ts';

const milliseconds = z
  .string()
  .regex(/^\d+ms$/)
  .transform((text) => Number.parseInt(text, 10));

const argumentsSchema = z.object({
  values: z.object({
    output: z.literal('jsonl'),
    segment: milliseconds,
    every: milliseconds,
    timeout: milliseconds,
  }),
  positionals: z.tuple([z.literal('probe'), z.literal('watch')]).rest(z.string()),
});

interface ProbeArguments {
  everyMs: number;
  timeoutMs: number;
  /** Attempts of a segment. */
  attempts: number;
  paths: ProbePath[];
}

/**
 * `proxyshift probe watch` in a pod of the rehearsal, until `signal` aborts: its own arithmetic and its own protocol, with the
 * simulated node in place of sockets. What came of the attempts of a segment is looked up when the program would tell it, so a
 * pod costs one timer for each.
 *
 * @param stalls whether it has stopped telling what it sees
 * @throws ZodError where the arguments of the pod are not those of the program
 */
export async function runProbe(
  pod: Pod,
  { traffic, log, stalls }: { traffic: NodeTraffic; log: ContainerLog; stalls: () => boolean },
  signal: AbortSignal,
): Promise<void> {
  const { everyMs, timeoutMs, attempts, paths } = argumentsOf(pod);
  const begin = Date.now();
  const tallies = paths.map((path) => ({
    path,
    tally: new PathTally(describePath(path), everyMs, begin, path.kind === 'held' ? timeoutMs : 0),
  }));
  for (let from = begin; ; from += attempts * everyMs) {
    const end = from + attempts * everyMs;
    await delay(end - Date.now(), undefined, { signal });
    // The last attempt has failed when its time is over.
    if (!traffic.arrived(end - everyMs)) await delay(timeoutMs, undefined, { signal });
    if (stalls()) return;
    for (const { path, tally } of tallies) {
      for (let due = from; due < end; due += everyMs) {
        if (path.kind === 'held' && traffic.cut(due - everyMs, due)) tally.lose();
        tally.add(traffic.arrived(due) ? { answer: 'ok' } : { answer: 'failed', error: 'timeout' });
      }
      log.write(JSON.stringify(tally.take()));
    }
  }
}

function argumentsOf(pod: Pod): ProbeArguments {
  const args = z.array(z.string()).parse(pod.spec.containers[0]?.args);
  const options = {
    output: { type: 'string', short: 'o' },
    segment: { type: 'string' },
    every: { type: 'string' },
    timeout: { type: 'string' },
  } as const;
  const { values, positionals } = argumentsSchema.parse(parseArgs({ args, options, allowPositionals: true }));
  const [, , ...paths] = positionals;
  return {
    everyMs: values.every,
    timeoutMs: values.timeout,
    attempts: values.segment / values.every,
    paths: paths.map((path) => parsePath(withEnvironment(path))),
  };
}

/** As the kubelet replaces variables in arguments. The address of the node does not matter here: nothing is sent to it. */
function withEnvironment(path: string): string {
  return path.replace('$(NODE_IP)', '192.0.2.1');
}
