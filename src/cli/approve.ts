import { Command } from 'commander';
import { currentUser, examples, outputOption, type TemporalOptions, withTemporal } from './options.ts';

export interface ApproveOptions extends TemporalOptions {
  planHash?: string;
  as: string;
  comment?: string;
  output: string;
}

export function approveCommand(): Command {
  const command = new Command('approve')
    .argument('<cluster>', 'name of the cluster')
    .description(
      'Approves the plan of a run: from then on the cluster is changed. The approval names the hash of the plan that was ' +
        'read, so that no other plan can slip in; the approver is not the requester, and is on the list of the cluster ' +
        'where it has one. Exits with 1 and the reason where the run refuses the approval.',
    )
    .option(
      '--plan-hash <hash>',
      'the plan that is approved, or its first 12 or more digits (default: show it and ask)',
    )
    .option('--as <name>', 'who approves', currentUser())
    .option('--comment <text>', 'kept in the report')
    .addOption(outputOption('table', 'json'))
    .addHelpText(
      'after',
      examples(
        'proxyshift approve prod-1                    shows the plan and asks',
        'proxyshift approve prod-1 --plan-hash 3f2a9c1b77d0 --as grace@example.com --comment CHG-1234',
      ),
    );
  return withTemporal(command).action(async (cluster: string, options: ApproveOptions) => {
    const { approve } = await import('./actions/approve.ts');
    process.exitCode = await approve(cluster, options);
  });
}
