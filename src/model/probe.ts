import { z } from 'zod';

/**
 * How a path is asked on: a new TCP connection each time; one connection that stays open, with a message each time; a UDP
 * datagram; a question to a DNS server. The first three expect their own bytes back.
 */
export const probeKinds = ['tcp', 'held', 'udp', 'dns'] as const;

/** A path that is asked on again and again. */
export const probePathSchema = z.strictObject({
  kind: z.enum(probeKinds),
  /** Address or name; of a DNS server its IP address. */
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
  /** Of `dns`: the name that is asked for. */
  name: z.string().min(1).optional(),
});
export type ProbePath = z.infer<typeof probePathSchema>;

/** `tcp://10.96.0.10:80`, `dns://10.96.0.10:53/kubernetes.default.svc.cluster.local`. */
export function describePath({ kind, host, port, name }: ProbePath): string {
  const address = host.includes(':') ? `[${host}]` : host;
  return `${kind}://${address}:${port}${name === undefined ? '' : `/${name}`}`;
}

/** What came of an attempt. `unknown`: nobody can say, since the one who asks did not run at that time. */
export const probeAnswers = ['ok', 'failed', 'unknown'] as const;
export type ProbeAnswer = (typeof probeAnswers)[number];

/** How long attempts of a kind follow each other: at the beginning, at the end, and at most. */
export const runsSchema = z.object({
  head: z.int().nonnegative(),
  tail: z.int().nonnegative(),
  longest: z.int().nonnegative(),
});
export type Runs = z.infer<typeof runsSchema>;

/** The runs of attempts that follow each other. @param before how many the first ones are @param after how many the second ones are */
export function joinRuns(first: Runs, before: number, second: Runs, after: number): Runs {
  return {
    head: first.head === before ? before + second.head : first.head,
    tail: second.tail === after ? after + first.tail : second.tail,
    longest: Math.max(first.longest, second.longest, first.tail + second.head),
  };
}

/**
 * What came of attempts on a path that follow each other. Segments that follow each other can be joined, and nothing is lost by
 * it but outages beyond the first ones: so they can be told one by one, kept, and added up by somebody else.
 */
export const segmentSchema = z.object({
  path: z.string(),
  /** When the first attempt was due. */
  from: z.iso.datetime(),
  /** Between two attempts (ms). */
  everyMs: z.number().positive(),
  /** An answer may have come this much later than the attempt, and counts (ms): of `held`, where TCP sends again. */
  slackMs: z.number().nonnegative(),
  ok: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  /** Not made, or failed while nobody listened for the answer. */
  unknown: z.int().nonnegative(),
  /** Of attempts that failed. */
  failing: runsSchema,
  /** Of attempts that failed or are not known. */
  notOk: runsSchema,
  /** Of `held`: how often the connection was lost. */
  lost: z.int().nonnegative(),
  /** Why attempts failed, and how many. */
  errors: z.record(z.string(), z.int()),
  /** Attempts that failed one after the other: the number of the first, from 0, how many, and why the first one did. The first of these. */
  outages: z.array(z.object({ first: z.int().nonnegative(), failed: z.int().positive(), error: z.string() })),
});
export type Segment = z.infer<typeof segmentSchema>;

/** A time without an answer, seen by attempts that failed one after the other. */
export const outageSchema = z.object({
  /** When the first of them was due. */
  from: z.iso.datetime(),
  /** From there to when the next one was due that did not fail (ms). */
  ms: z.number().nonnegative(),
  /** How many failed. */
  failed: z.int().positive(),
  /** Why the first one failed. */
  error: z.string(),
});
export type Outage = z.infer<typeof outageSchema>;

/** What was seen of a path in a time. */
export const pathVerdictSchema = z.object({
  path: z.string(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  /** Between two attempts (ms): what is shorter cannot be seen. */
  resolutionMs: z.number().positive(),
  /** Attempts that were due. `unknown` are those that were not made, or that failed while nobody listened for the answer. */
  samples: z.object({ ok: z.int(), failed: z.int(), unknown: z.int() }),
  /** Time without an answer, all in all (ms). */
  failedMs: z.number().nonnegative(),
  /** The longest time without an answer that was seen (ms). */
  longestGapMs: z.number().nonnegative(),
  /**
   * It may have been this long (ms): what is not known counts as failed, the ends are not known more precisely than the resolution,
   * and on a held connection an answer may be late by the time-out, since TCP sends again.
   */
  longestGapAtMostMs: z.number().positive(),
  /** Of `held`: how often the connection was lost. */
  lost: z.int().nonnegative(),
  /** Why attempts failed, and how many. */
  errors: z.record(z.string(), z.int()),
  /** The first of them. */
  outages: z.array(outageSchema),
});
export type PathVerdict = z.infer<typeof pathVerdictSchema>;
