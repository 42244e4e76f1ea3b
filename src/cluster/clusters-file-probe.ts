import { isIP } from 'node:net';
import { z } from 'zod';
import { type ProbePlan, probePathNames } from '../model/probe-plan.ts';
import { timeSpan } from './clusters-file-fields.ts';

const anImage =
  'expected an image with its registry and a tag or digest, such as "registry.example.com/proxyshift:0.1.0"';
const aServer = 'expected the IP address of a DNS server, such as "10.96.0.10"';
const aPace = 'expected a time span from "20ms" to "1s"';
const noneOrMore = 'expected a whole number of connections, 0 or more';

/** As the program asks, and no faster: `proxyshift probe watch --every` (ms). */
const FASTEST_MS = 20;
const SLOWEST_MS = 1_000;
/** So many seconds of attempts are under way on a path at once (ms). */
const LONGEST_ANSWER_MS = 5_000;
/** A run that asks nothing of the cluster for longer is a mistake, in days. */
const LONGEST_BASELINE_DAYS = 1;
/** What a registry takes for a name and a tag (the grammar of distribution/reference). */
const LONGEST_IMAGE = 512;

/**
 * Registry, path, and a tag or a digest. Where a registry is left out each container runtime has a rule of its own for it, and
 * what has neither tag nor digest is another image tomorrow.
 */
const imagePattern = new RegExp(
  [
    /^(?:localhost|[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)+|[a-zA-Z0-9-]+(?=:)|\[[0-9a-fA-F:]+\])(?::\d{1,5})?/,
    /(?:\/[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*)+/,
    /(?::\w[\w.-]{0,127}(?:@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64})$/,
  ]
    .map(({ source }) => source)
    .join(''),
);

const limitsSchema = z
  .strictObject({
    longestGap: timeSpan(0)
      .optional()
      .describe(
        'On no path of a node may there be no answer for longer than the longest time of the baseline and this. "0s": not at all longer.',
      ),
    lostConnections: z
      .int(noneOrMore)
      .min(0, noneOrMore)
      .optional()
      .describe('So many held connections may be lost on a node between two looks.'),
  })
  .prefault({});

/** `probe` of a cluster, as it is written. */
export const probeSchema = z
  .strictObject({
    image: z
      .string(anImage)
      .max(LONGEST_IMAGE, anImage)
      .regex(imagePattern, anImage)
      .describe(
        'Image with proxyshift as its entry point, which every Linux node can pull. There is no default: deploy/Dockerfile makes one.',
      ),
    paths: z
      .array(z.enum(probePathNames), 'expected a list of paths')
      .min(1, 'expected at least one path')
      .refine((given) => new Set(given).size === given.length, 'expected each path once')
      .default(['cluster-ip', 'held', 'udp', 'dns'])
      .describe(
        'What each node asks on. "cluster-ip": a new connection to a Service each time. "held": one that stays open. "udp": a ' +
          'datagram to it. "dns": a question to the DNS Service. "node-port": a new connection to a node port of the node itself.',
      ),
    dnsServer: z
      .string(aServer)
      .refine((text) => isIP(text) !== 0, aServer)
      .optional()
      .describe('Of path dns: whom to ask. Absent: the cluster IP of Service kube-system/kube-dns.'),
    every: timeSpan()
      .refine((ms) => ms >= FASTEST_MS && ms <= SLOWEST_MS, aPace)
      .prefault('100ms')
      .describe('Between two attempts on a path: what is shorter is not seen.'),
    timeout: timeSpan()
      .refine((ms) => ms <= LONGEST_ANSWER_MS, 'expected a time span of at most "5s"')
      .prefault('900ms')
      .describe('An answer that takes longer is none. Below a second TCP has not sent a lost packet again.'),
    baseline: timeSpan(1, LONGEST_BASELINE_DAYS)
      .prefault('60s')
      .describe('How long traffic is watched as it is, before anything is written.'),
    limits: limitsSchema.describe(
      'What a node may lose before the run acts, as onFailure says. Absent: it is measured.',
    ),
  })
  .superRefine(({ paths, dnsServer, limits }, context) => {
    const issue = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (dnsServer !== undefined && !paths.includes('dns'))
      issue(['dnsServer'], 'accepted with path "dns" only: nobody else is asked');
    if (limits.lostConnections !== undefined && !paths.includes('held'))
      issue(['limits', 'lostConnections'], 'accepted with path "held" only: no other one holds a connection');
  });

/** As a plan has it. `dnsServer` is there where it is written, and found in the cluster elsewhere. */
export function toProbeEntry({
  image,
  paths,
  dnsServer,
  every,
  timeout,
  baseline,
  limits: { longestGap, lostConnections },
}: z.output<typeof probeSchema>): ProbePlan {
  return {
    image,
    // One order, so that the same paths are the same plan.
    paths: probePathNames.filter((path) => paths.includes(path)),
    ...(dnsServer === undefined ? {} : { dnsServer }),
    everyMs: every,
    timeoutMs: timeout,
    baselineMs: baseline,
    limits: {
      ...(longestGap === undefined ? {} : { longestGapMs: longestGap }),
      ...(lostConnections === undefined ? {} : { lostConnections }),
    },
  };
}
