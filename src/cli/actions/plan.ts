import { Failure } from '../../model/failure.ts';
import { planMarkdown } from '../../model/plan-markdown.ts';
import { colorsFor } from '../colors.ts';
import type { PlanOptions } from '../plan.ts';
import { renderPlan } from '../render/plan.ts';
import { connectTemporal } from '../temporal/connect.ts';
import { Run } from '../temporal/run.ts';
import { printJson } from './output.ts';

/** `proxyshift plan`. Returns the exit code. */
export async function showPlan(cluster: string, options: PlanOptions): Promise<number> {
  if (options.dryRun) {
    // Needs the cluster, and a run's plan does not: what talks to clusters is loaded only here.
    const { dryRun } = await import('./dry-run.ts');
    return await dryRun(cluster, options);
  }
  if (options.ignoreChecks) {
    throw new Failure('Invalid', '--ignore-checks is for --dry-run: the plan of a run is made already.', {
      hint: `Ask for another one: proxyshift start ${cluster} --ignore-checks ${options.ignoreChecks.join(',')}`,
    });
  }
  if (options.target) {
    throw new Failure('Invalid', '--target is for --dry-run: the plan of a run is made already.', {
      hint: `Ask for another one: proxyshift start ${cluster} --target ${options.target}`,
    });
  }
  await using temporal = await connectTemporal(options);
  const run = new Run(temporal, cluster, options.runId);
  const [plan, { planHash, phase, revision }] = await Promise.all([run.plan(), run.progress()]);
  if (plan === undefined) {
    throw new Failure('Refused', `The run on ${cluster} has no plan (phase ${phase}).`, {
      hint: `See why with: proxyshift report ${cluster}`,
    });
  }
  if (options.output === 'json') printJson({ planHash, plan, ...(revision ? { revision } : {}) });
  else if (options.output === 'markdown') process.stdout.write(planMarkdown(plan, planHash, revision));
  else process.stdout.write(`${renderPlan(plan, planHash, colorsFor(process.stdout), revision)}\n`);
  return 0;
}
