import { stringify } from 'yaml';

/** The people of a rehearsal. */
export const rehearsalPeople = { requester: 'you@rehearsal', approver: 'oncall@rehearsal' };

export interface RehearsalClusters {
  taskQueue: string;
  /** Absent while there is none yet. */
  cluster?: { name: string; kubeconfig: string; context: string; uid: string };
  /** What is otherwise in `rollout` than a person wants to watch. */
  rollout?: Record<string, string | number>;
}

/** A clusters file for one rehearsal cluster, with times that are short enough to watch. */
export function rehearsalClustersYaml({ taskQueue, cluster, rollout = {} }: RehearsalClusters): string {
  const entry = cluster && {
    kubeconfig: cluster.kubeconfig,
    context: cluster.context,
    uid: cluster.uid,
    approval: { approvers: [rehearsalPeople.approver], timeout: '1h' },
    rollout: { maxUnavailable: '25%', canarySoak: '2s', nodeTimeout: '60s', soak: '5s', ...rollout },
    calico: { timeout: '3m' },
  };
  return stringify({
    apiVersion: 'proxyshift.dev/v1',
    taskQueue,
    clusters: cluster && entry ? { [cluster.name]: entry } : {},
  });
}
