import { stringify } from 'yaml';

/** The people of a rehearsal. */
export const rehearsalPeople = { requester: 'you@rehearsal', approver: 'oncall@rehearsal' };

export interface RehearsalEntry {
  name: string;
  kubeconfig: string;
  context: string;
  uid: string;
  taskQueue: string;
}

/** A clusters file for one rehearsal cluster, with times that are short enough to watch. */
export function rehearsalClustersYaml({ name, kubeconfig, context, uid, taskQueue }: RehearsalEntry): string {
  return stringify({
    apiVersion: 'proxyshift.dev/v1',
    taskQueue,
    clusters: {
      [name]: {
        kubeconfig,
        context,
        uid,
        approval: { approvers: [rehearsalPeople.approver], timeout: '1h' },
        rollout: { maxUnavailable: '25%', nodeTimeout: '60s', soak: '5s' },
        calico: { timeout: '3m' },
      },
    },
  });
}
