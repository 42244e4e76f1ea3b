import { describePermission, standbyPermissions } from '../../cluster/permissions.ts';
import { type Check, finding } from '../check.ts';

const code = 'PXS093';

/** RBAC, Pod Security and policies have their say on a pod that is not created. */
export const admission: Check = {
  code,
  category: 'handover',
  handover: 'make-before-break',
  title: 'The worker may create a stand-by, and admission lets it in',
  looksAt: "a SelfSubjectAccessReview, and the API server's answer to a stand-by for one node, as a dry run",
  live: true,
  run: async (facts) => {
    const missing = await facts.missing(standbyPermissions);
    if (missing.length > 0) {
      const what = missing.map(describePermission).join(', ');
      const message = `Not permitted: ${what}: nodes are handed over by restart`;
      const fix = 'Grant it for the time of the run; it is as much as root on every node';
      const command = 'kubectl apply -f deploy/rbac.yaml -l proxyshift.dev/needed-for=make-before-break';
      return { saw: 'not permitted', findings: [finding(code, 'warning', message, { fix, command })] };
    }
    const refusal = await facts.standbyRefusal();
    if (refusal === undefined) return { saw: 'it would be let in', findings: [] };
    const message = `The API server does not let a stand-by in (${refusal}): nodes are handed over by restart`;
    const fix = 'Let pods of kube-system that are as privileged as kube-proxy pass this policy for the time of the run';
    const command = 'kubectl get namespace kube-system --show-labels';
    return { saw: 'it would be refused', findings: [finding(code, 'warning', message, { fix, command })] };
  },
};
