import { Failure } from '../../model/failure.ts';
import { colorsFor } from '../colors.ts';
import type { PlanOptions } from '../plan.ts';
import { renderPlan } from '../render/plan.ts';
import { connectTemporal } from '../temporal/connect.ts';
import { Run } from '../temporal/run.ts';
import { printJson } from './output.ts';

/** `proxyshift plan`. Returns the exit code. */
export async function showPlan(cluster: string, options: PlanOptions): Promise<number> {
  await using temporal = await connectTemporal(options);
  const run = new Run(temporal, cluster, options.runId);
  const [plan, { planHash, phase }] = await Promise.all([run.plan(), run.progress()]);
  if (plan === undefined) {
    throw new Failure('Refused', `The run on ${cluster} has no plan (phase ${phase}).`, {
      hint: `See why with: proxyshift report ${cluster}`,
    });
  }
  if (options.output === 'json') printJson({ planHash, plan });
  else process.stdout.write(`${renderPlan(plan, planHash, colorsFor(process.stdout))}\n`);
  return 0;
}
