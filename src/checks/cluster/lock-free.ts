import { lockHolder, lockLease } from '../../cluster/lock.ts';
import { describeRef } from '../../cluster/objects.ts';
import { type Check, finding } from '../check.ts';

const code = 'PXS008';

/** A run takes the lock after its last preflight, so whoever holds it now is another one. */
export const lockFree: Check = {
  code,
  category: 'cluster',
  title: 'No other run holds the lock of this cluster',
  looksAt: describeRef(lockLease),
  live: true,
  run: async (facts) => {
    const lease = await facts.object(lockLease);
    if (lease === undefined) return { saw: 'nobody holds it', findings: [] };
    const { holder, since } = lockHolder(lease);
    const saw = `held by ${holder} since ${since}`;
    const more = {
      objects: [describeRef(lockLease)],
      fix: 'Wait for that run, or ask whoever started it; delete the Lease only if that run is gone for good',
      command: 'kubectl -n kube-system get lease proxyshift -o yaml',
    };
    return { saw, findings: [finding(code, 'blocker', `Another run holds the lock of this cluster: ${saw}`, more)] };
  },
};
