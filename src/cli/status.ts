import { Command } from 'commander';
import { examples, outputOption, type TemporalOptions, withTemporal } from './options.ts';

export interface StatusOptions extends TemporalOptions {
  watch?: boolean;
  output: string;
  runId?: string;
}

export function statusCommand(): Command {
  const command = new Command('status')
    .argument('<cluster>', 'name of the cluster')
    .description(
      'Shows where the run of a cluster is: its phase, its steps, how many nodes are done and what it waits for. ' +
        'With --watch it stays until the run ends, and exits with the code of the outcome; it exits with 6 as soon as a ' +
        'rollback waits for a person.',
    )
    .option('-w, --watch', 'follow the run to its end')
    .option('--run-id <id>', 'an earlier run (default: the latest)')
    .addOption(outputOption('table', 'json'))
    .addHelpText(
      'after',
      examples(
        'proxyshift status prod-1',
        'proxyshift status prod-1 --watch',
        'proxyshift status prod-1 -o json | jq .phase',
      ),
    );
  return withTemporal(command).action(async (cluster: string, options: StatusOptions) => {
    const { status } = await import('./actions/status.ts');
    process.exitCode = await status(cluster, options);
  });
}
