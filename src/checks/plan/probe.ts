import { Failure } from '../../model/failure.ts';
import type { PlannedChange } from '../../model/plan.ts';
import type { ProbePlan } from '../../model/probe-plan.ts';
import { PROBE_NAMESPACE } from '../../model/probe-steps.ts';
import type { ClusterFacts } from '../facts.ts';
import { dnsServerOf } from '../probe/dns-server.ts';

/** The probe as clusters.yaml asks for it, with whom it asks. @throws Failure `Blocked` where nobody can be asked */
export async function planProbe(
  wanted: ProbePlan,
  facts: Pick<ClusterFacts, 'services'>,
): Promise<{ plan: ProbePlan; changes: PlannedChange[] }> {
  const changes = [
    {
      object: `DaemonSet, Deployment and Service proxyshift-probe in ${PROBE_NAMESPACE}`,
      diff: `made before anything else is written, with image ${wanted.image}; what another run has left there is replaced`,
      undo: 'They are deleted when the run ends, whatever comes of it.',
    },
  ];
  if (!wanted.paths.includes('dns')) return { plan: wanted, changes };
  const dnsServer = await dnsServerOf(facts, wanted);
  if (dnsServer !== undefined) return { plan: { ...wanted, dnsServer }, changes };
  throw new Failure('Blocked', 'Path dns of the probe has nobody to ask', {
    hint: 'Name the DNS server of the cluster in probe.dnsServer of clusters.yaml, or take dns out of probe.paths.',
  });
}
