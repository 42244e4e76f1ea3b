import type { Plan } from './plan.ts';
import type { ProbePlan } from './probe-plan.ts';
import { PROBE_NAMESPACE } from './probe-steps.ts';
import { readable, readableGap } from './readable.ts';

/** What measures traffic, on which paths, and for how long before the first write; undefined where nothing does. */
export function probeFact({ probe }: Pick<Plan, 'probe'>): string | undefined {
  if (probe === undefined) return undefined;
  const { image, everyMs, timeoutMs, baselineMs } = probe;
  return [
    `${image} on every Linux node, in namespace ${PROBE_NAMESPACE} until the run ends`,
    `asks by ${probePathsFact(probe)} every ${readableGap(everyMs)}, and waits ${readableGap(timeoutMs)} for an answer`,
    `watched for ${readable(baselineMs)} before anything else is written`,
  ].join('; ');
}

/** `cluster-ip, held, dns (10.96.0.10)`. */
export function probePathsFact({ paths, dnsServer }: Pick<ProbePlan, 'paths' | 'dnsServer'>): string {
  return paths.map((path) => (path === 'dns' && dnsServer ? `dns (${dnsServer})` : path)).join(', ');
}

/** What may be lost, and what the run does beyond that; undefined where nothing is measured. */
export function probeLimitsFact({ probe, kubeProxy: { onFailure } }: Pick<Plan, 'probe' | 'kubeProxy'>) {
  if (probe === undefined) return undefined;
  const { longestGapMs, lostConnections } = probe.limits;
  const accepted = [
    ...(longestGapMs === undefined
      ? []
      : [`${readableGap(longestGapMs)} without an answer beyond the longest time before the run`]),
    ...(lostConnections === undefined
      ? []
      : [`${lostConnections} lost ${lostConnections === 1 ? 'connection' : 'connections'} from one look to the next`]),
  ];
  if (accepted.length === 0) return 'none: what is lost is told, and stops nothing';
  const then = onFailure === 'rollback' ? 'everything is undone' : 'the run waits for a person';
  return `up to ${accepted.join(', and ')}, on each path of a node; above that ${then}`;
}
