import { describePermission, requiredPermissions } from '../../cluster/permissions.ts';
import { rbacManifest } from '../../cluster/rbac-manifest.ts';
import { Failure } from '../../model/failure.ts';
import { type Check, count, few, finding } from '../check.ts';
import type { ClusterFacts } from '../facts.ts';

const code = 'PXS001';

/** What a run needs and the worker's user may not do, verb by verb. */
export const permissions: Check = {
  code,
  category: 'cluster',
  title: 'The worker may do all that a run needs',
  looksAt: 'a SelfSubjectAccessReview for every verb that a run needs',
  live: true,
  essential: true,
  run: async (facts, target) => {
    const needed = requiredPermissions(await installOf(facts), target);
    const missing = await facts.missing(needed);
    const saw = `${needed.length - missing.length} of ${count(needed.length, 'permission')}`;
    if (missing.length === 0) return { saw, findings: [] };
    const name = await facts.userName();
    // Who is nobody to the API server has no credentials that it takes: to grant nobody would be to grant everybody.
    const user = name === 'system:anonymous' ? undefined : name;
    const message = `Not permitted: ${few(missing.map(describePermission))}`;
    const more = {
      fix: `Have an administrator of the cluster grant exactly what is missing to ${user ?? "the worker's user, instead of USER"}`,
      command: `kubectl apply -f - <<'EOF'\n${rbacManifest(missing, user)}EOF`,
    };
    return {
      saw: `${saw}, as ${user ?? 'a user that this API server does not name'}`,
      findings: [finding(code, 'blocker', message, more)],
    };
  },
};

async function installOf({ calico }: ClusterFacts): Promise<'none' | 'operator' | 'manifest'> {
  try {
    return (await calico())?.install ?? 'none';
  } catch (error) {
    // What is wrong with Calico's install is for the other checks to say. Where its objects may not be read, the
    // review of an operator install names what is missing.
    if (error instanceof Failure && error.kind === 'Forbidden') return 'operator';
    if (error instanceof Failure && error.kind !== 'Unreachable') return 'none';
    throw error;
  }
}
