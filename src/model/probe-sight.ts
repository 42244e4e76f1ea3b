import { z } from 'zod';
import { joinRuns, runsSchema } from './probe.ts';
import { probePathNames } from './probe-plan.ts';

/** What was seen on one path of a node in a time. Sights of times that follow each other can be joined. */
export const probeSightSchema = z.object({
  path: z.enum(probePathNames),
  /** Attempts that were due. `unknown`: nobody can say, since nobody asked or listened, or it was not told. */
  samples: z.object({
    ok: z.int().nonnegative(),
    failed: z.int().nonnegative(),
    unknown: z.int().nonnegative(),
  }),
  /** Attempts that failed, one after the other. */
  failing: runsSchema,
  /** Attempts that failed or are not known. */
  notOk: runsSchema,
  /** Of `held`: how often the connection was lost. */
  lost: z.int().nonnegative(),
  /** The longest time without an answer: when it began, by the clock of the node, how many attempts failed, and why the first did. */
  worst: z.object({ at: z.iso.datetime(), attempts: z.int().positive(), error: z.string() }).optional(),
});
export type ProbeSight = z.infer<typeof probeSightSchema>;

/** Nodes of which the same is to be said. */
export const probeGroupSchema = z.object({
  nodes: z.array(z.string()).min(1),
  /** One of each path. */
  paths: z.array(probeSightSchema),
});
export type ProbeGroup = z.infer<typeof probeGroupSchema>;

/** Two sights of a path as one, the second of the time that begins where that of the first one ends. */
export function joinSights(first: ProbeSight, second: ProbeSight): ProbeSight {
  const [before, after] = [samplesOf(first), samplesOf(second)];
  const worst = worse(first, second);
  return {
    path: first.path,
    samples: {
      ok: first.samples.ok + second.samples.ok,
      failed: first.samples.failed + second.samples.failed,
      unknown: first.samples.unknown + second.samples.unknown,
    },
    failing: joinRuns(first.failing, before, second.failing, after),
    notOk: joinRuns(first.notOk, before, second.notOk, after),
    lost: first.lost + second.lost,
    ...(worst ? { worst } : {}),
  };
}

export function samplesOf({ samples: { ok, failed, unknown } }: ProbeSight): number {
  return ok + failed + unknown;
}

/** The longer one; or both as one, where the second goes on with the first. */
function worse(first: ProbeSight, second: ProbeSight): ProbeSight['worst'] {
  const across = first.failing.tail + second.failing.head;
  const longest = Math.max(first.worst?.attempts ?? 0, second.worst?.attempts ?? 0);
  // What began in the first one began in its last failing attempts: only where these are its worst it is known when.
  if (across > longest && first.worst?.attempts === first.failing.tail) return { ...first.worst, attempts: across };
  return (second.worst?.attempts ?? 0) > (first.worst?.attempts ?? 0) ? second.worst : first.worst;
}
