import { stringify } from 'yaml';

/** The people of a rehearsal. */
export const rehearsalPeople = { requester: 'you@rehearsal', approver: 'oncall@rehearsal' };

export interface RehearsalClusters {
  taskQueue: string;
  /** None while there is none yet. */
  clusters: readonly { name: string; kubeconfig: string; context: string; uid: string }[];
  /** What is otherwise in `rollout` than a person wants to watch. */
  rollout?: Record<string, string | number>;
}

/** A clusters file for rehearsal clusters, with times that are short enough to watch. */
export function rehearsalClustersYaml({ taskQueue, clusters, rollout = {} }: RehearsalClusters): string {
  const entry = {
    approval: { approvers: [rehearsalPeople.approver], timeout: '1h' },
    rollout: { maxUnavailable: '25%', canarySoak: '2s', nodeTimeout: '60s', soak: '5s', ...rollout },
    calico: { timeout: '3m' },
  };
  return stringify({
    apiVersion: 'proxyshift.dev/v1',
    taskQueue,
    clusters: Object.fromEntries(clusters.map(({ name, ...access }) => [name, { ...access, ...entry }])),
  });
}
