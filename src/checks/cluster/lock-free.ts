import { describeLock, heldLock, lockLease } from '../../cluster/lock.ts';
import { describeRef } from '../../cluster/objects.ts';
import { type Check, finding } from '../check.ts';

const code = 'PXS008';
const look = 'kubectl -n kube-system get lease proxyshift -o yaml';

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
    const held = heldLock(lease);
    const saw = `held by ${describeLock(held)}`;
    const objects = [describeRef(lockLease)];
    if (held.holder === facts.takeOverLock) {
      const message = `The lock of this cluster is taken over from a run that is said to be gone for good: ${saw}`;
      const fix = 'Make sure that this run has ended: two runs on one cluster undo each other';
      return { saw, findings: [finding(code, 'warning', message, { objects, fix, command: look })] };
    }
    const fix =
      'Wait for that run, or ask whoever started it; only if it is gone for good, start again and take the lock over from it';
    const command = `proxyshift start ${facts.identity.name} --take-over '${held.holder}'`;
    const message = `Another run holds the lock of this cluster: ${saw}`;
    return { saw, findings: [finding(code, 'blocker', message, { objects, fix, command })] };
  },
};
