import { probePermissions } from '../../cluster/permissions.ts';
import { PROBE_NAMESPACE } from '../../model/probe-steps.ts';
import { type Check, finding } from '../check.ts';

const code = 'PXS101';

/**
 * Pod Security, policies, quotas and limits have their say on objects that are not created. A DaemonSet that is let in says nothing
 * of its pods, which Pod Security refuses one by one: so a pod of it is asked about too.
 */
export const admission: Check = {
  code,
  category: 'probe',
  probe: true,
  title: 'Admission lets the probe in',
  looksAt: "the API server's answers to the objects of the probe and to a pod of it, as a dry run",
  live: true,
  run: async (facts) => {
    // PXS100 says what is missing.
    if ((await facts.missing(probePermissions)).length > 0) return { saw: 'not permitted to ask', findings: [] };
    const refusal = await facts.probeRefusal();
    if (refusal === undefined) return { saw: 'it would be let in', findings: [] };
    const message = `The API server does not let the probe in (${refusal})`;
    const fix = `Let restricted pods of this image into ${PROBE_NAMESPACE}, or take probe out of clusters.yaml`;
    const command = `kubectl get namespace ${PROBE_NAMESPACE} --show-labels`;
    return { saw: 'it would be refused', findings: [finding(code, 'blocker', message, { fix, command })] };
  },
};
