import { Command } from 'commander';
import { examples, outputOption, type TemporalOptions, withTemporal } from './options.ts';

export interface ReportOptions extends TemporalOptions {
  output: string;
  runId?: string;
}

export function reportCommand(): Command {
  const command = new Command('report')
    .argument('<cluster>', 'name of the cluster')
    .description(
      'Prints the record of a run, open or ended: who asked and approved, what was changed, how long each step took, and ' +
        'the evidence of every node. Markdown is made for a ticket.',
    )
    .option('--run-id <id>', 'an earlier run (default: the latest)')
    .addOption(outputOption('table', 'json', 'markdown'))
    .addHelpText('after', examples('proxyshift report prod-1', 'proxyshift report prod-1 -o markdown > ticket.md'));
  return withTemporal(command).action(async (cluster: string, options: ReportOptions) => {
    const { showReport } = await import('./actions/report.ts');
    process.exitCode = await showReport(cluster, options);
  });
}
