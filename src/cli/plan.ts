import { Command } from 'commander';
import { examples, outputOption, type TemporalOptions, withTemporal } from './options.ts';

export interface PlanOptions extends TemporalOptions {
  output: string;
  runId?: string;
}

export function planCommand(): Command {
  const command = new Command('plan')
    .argument('<cluster>', 'name of the cluster')
    .description(
      'Shows the plan of the run of a cluster: every object that will be written with its exact change, the canary node ' +
        'and the waves, the findings, and the hash that an approval names.',
    )
    .option('--run-id <id>', 'an earlier run (default: the latest)')
    .addOption(outputOption('table', 'json'))
    .addHelpText('after', examples('proxyshift plan prod-1', 'proxyshift plan prod-1 -o json | jq -r .planHash'));
  return withTemporal(command).action(async (cluster: string, options: PlanOptions) => {
    const { showPlan } = await import('./actions/plan.ts');
    process.exitCode = await showPlan(cluster, options);
  });
}
