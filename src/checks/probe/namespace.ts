import { describePermission, probePermissions } from '../../cluster/permissions.ts';
import { probeNamespace } from '../../cluster/probe/refs.ts';
import { PROBE_NAMESPACE } from '../../model/probe-steps.ts';
import { type Check, count, few, finding } from '../check.ts';

const code = 'PXS100';
const fix = 'Have an administrator of the cluster make the namespace and the role, or take probe out of clusters.yaml';
const command = 'kubectl apply -f deploy/rbac.yaml -l proxyshift.dev/needed-for=probe';

/** A run makes no namespace: whoever may make one could make one that lets anything in. */
export const namespace: Check = {
  code,
  category: 'probe',
  probe: true,
  title: 'The probe has its namespace, and the worker may do there what it needs',
  looksAt: `a SelfSubjectAccessReview for every verb that the probe needs, and Namespace ${PROBE_NAMESPACE}`,
  live: true,
  essential: true,
  run: async (facts) => {
    const missing = await facts.missing(probePermissions);
    if (missing.length > 0) {
      const allowed = `${probePermissions.length - missing.length} of ${count(probePermissions.length, 'permission')}`;
      const message = `The probe cannot be installed. Not permitted: ${few(missing.map(describePermission))}`;
      return { saw: allowed, findings: [finding(code, 'blocker', message, { fix, command })] };
    }
    const found = await facts.object(probeNamespace);
    if (found !== undefined && found.metadata.deletionTimestamp === undefined)
      return { saw: 'it is there', findings: [] };
    const how = found === undefined ? 'does not exist' : 'is being deleted';
    const message = `The probe cannot be installed: Namespace ${PROBE_NAMESPACE} ${how}`;
    const objects = [`Namespace ${PROBE_NAMESPACE}`];
    return { saw: `it ${how}`, findings: [finding(code, 'blocker', message, { objects, fix, command })] };
  },
};
