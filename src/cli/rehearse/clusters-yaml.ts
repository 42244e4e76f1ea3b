import { stringify } from 'yaml';

/** The people of a rehearsal. */
export const rehearsalPeople = { requester: 'you@rehearsal', approver: 'oncall@rehearsal' };

export interface RehearsalClusters {
  taskQueue: string;
  /** None while there is none yet. */
  clusters: readonly { name: string; kubeconfig: string; context: string; uid: string }[];
  /** What is otherwise in `rollout` than a person wants to watch. */
  rollout?: Record<string, string | number>;
  /** Whether traffic is measured, and how much longer than before a node may be without an answer (ms). */
  probe?: { limitMs?: number };
}

/** A clusters file for rehearsal clusters, with times that are short enough to watch. */
export function rehearsalClustersYaml({ taskQueue, clusters, rollout = {}, probe }: RehearsalClusters): string {
  const entry = {
    approval: { approvers: [rehearsalPeople.approver], timeout: '1h' },
    rollout: { maxUnavailable: '25%', canarySoak: '2s', nodeTimeout: '60s', soak: '5s', ...rollout },
    calico: { timeout: '3m' },
    ...(probe ? { probe: rehearsalProbe(probe) } : {}),
  };
  return stringify({
    apiVersion: 'proxyshift.dev/v1',
    taskQueue,
    clusters: Object.fromEntries(clusters.map(({ name, ...access }) => [name, { ...access, ...entry }])),
  });
}

/** The simulated kubelets pull nothing, so the image is a name only. */
function rehearsalProbe({ limitMs }: { limitMs?: number }): object {
  return {
    image: 'registry.example.com/proxyshift:rehearsal',
    every: '20ms',
    baseline: '3s',
    ...(limitMs === undefined ? {} : { limits: { longestGap: `${limitMs}ms` } }),
  };
}
