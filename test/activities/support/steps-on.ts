import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createSteps } from '../../../src/activities/create.ts';
import type { MigrationSteps } from '../../../src/model/steps.ts';
import { resolveBinaries } from '../../../src/rehearsal/binaries/resolve.ts';
import {
  createRehearsalCluster,
  type RehearsalCluster,
  type RehearsalOptions,
} from '../../../src/rehearsal/cluster.ts';
import { controlPlaneBinaries } from '../../../src/rehearsal/control-plane.ts';
import { testTiming } from '../../../src/rehearsal/timing.ts';
import { approval, rollout } from '../../fixtures/cluster-entry.ts';

/** A cluster of three nodes, and the steps of a worker with no more rights than deploy/rbac.yaml gives. */
export async function stepsOn(
  name: string,
  options: Partial<RehearsalOptions> = {},
): Promise<{ rehearsal: RehearsalCluster; steps: MigrationSteps }> {
  const binaries = await resolveBinaries(controlPlaneBinaries);
  const rehearsal = await createRehearsalCluster({ binaries, nodes: 3, timing: testTiming, ...options });
  const { uid, context } = rehearsal;
  const kubeconfig = await rehearsal.workerKubeconfig();
  const entry = { name, kubeconfig, context, uid, approval, rollout, calico: { timeoutMs: 30_000 } };
  const steps = createSteps({ clusters: async () => ({ path: 'clusters.yaml', clusters: [entry] }) });
  return { rehearsal, steps };
}

/** Runs one step as the worker does. */
export function runStep<Input, Output>(step: (input: Input) => Promise<Output>, input: Input): Promise<Output> {
  return new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(step, input);
}
