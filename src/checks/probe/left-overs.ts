import { describeRef } from '../../cluster/objects.ts';
import { probeSelector, RUN_LABEL } from '../../cluster/probe/labels.ts';
import { probeObjects } from '../../cluster/probe/refs.ts';
import { PROBE_NAMESPACE } from '../../model/probe-steps.ts';
import { type Check, finding } from '../check.ts';

const code = 'PXS102';

/** A run takes its probe away whatever comes of it, unless its worker or Temporal was gone for good. */
export const leftOvers: Check = {
  code,
  category: 'probe',
  probe: true,
  title: 'No probe of another run is left over',
  looksAt: `DaemonSet, Deployment and Service of the probe in Namespace ${PROBE_NAMESPACE}`,
  live: true,
  run: async (facts) => {
    const found = (
      await Promise.all(probeObjects.map(async (ref) => ({ ref, object: await facts.object(ref) })))
    ).filter(({ object }) => object !== undefined);
    if (found.length === 0) return { saw: 'none', findings: [] };
    const objects = found.map(({ ref }) => describeRef(ref));
    const runs = [...new Set(found.flatMap(({ object }) => object?.metadata.labels?.[RUN_LABEL] ?? []))].sort();
    const whose = runs.length > 0 ? `run ${runs.join(', ')}` : 'a run that it does not name';
    const message = `A probe of ${whose} is there (${objects.join(', ')}): it is replaced`;
    const fix = 'Take it away, unless that run is still going on';
    const command = `kubectl -n ${PROBE_NAMESPACE} delete daemonset,deployment,service -l ${probeSelector}`;
    return {
      saw: `left over: ${objects.join(', ')}`,
      findings: [finding(code, 'warning', message, { objects, fix, command })],
    };
  },
};
