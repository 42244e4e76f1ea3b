/** On all that a probe is made of, whichever run made it. */
export const PROBE_APP = 'proxyshift-probe';
/** The run that made it: the probe of another one is replaced. */
export const RUN_LABEL = 'proxyshift.dev/run';

/** `watch` asks, `backend` answers. */
export type ProbeComponent = 'watch' | 'backend';

export const probeSelector = `app.kubernetes.io/name=${PROBE_APP}`;

export function probeLabels(runId: string, component?: ProbeComponent): Record<string, string> {
  return {
    'app.kubernetes.io/name': PROBE_APP,
    'app.kubernetes.io/managed-by': 'proxyshift',
    ...(component ? { 'app.kubernetes.io/component': component } : {}),
    [RUN_LABEL]: runId,
  };
}

/** The label selector of all pods of one run. */
export function podsOfRun(runId: string): string {
  return `${probeSelector},${RUN_LABEL}=${runId}`;
}

/** Of those that ask for one run. */
export function watchPodsOf(runId: string): string {
  return `${podsOfRun(runId)},app.kubernetes.io/component=watch`;
}

/** Of those that ask, for any run. */
export const watchSelector = `${probeSelector},app.kubernetes.io/component=watch`;
