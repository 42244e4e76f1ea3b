import { installProbe } from '../cluster/probe/install.ts';
import { lookAtProbe } from '../cluster/probe/look.ts';
import { removeProbe } from '../cluster/probe/remove.ts';
import type { ProbeSteps } from '../model/probe-steps.ts';
import { asStep, type StepEnvironment } from './step-context.ts';

/** What the workflow may do with the probe, as the activities of one worker. */
export function createProbeSteps(environment: StepEnvironment): ProbeSteps {
  return {
    installProbe: asStep(environment, ({ cluster, signal }, input) => installProbe(cluster, input, { signal })),
    lookAtProbe: asStep(environment, ({ cluster, signal }, input) => lookAtProbe(cluster, input, { signal })),
    removeProbe: asStep(environment, ({ cluster, signal }) => removeProbe(cluster, { signal })),
  };
}
