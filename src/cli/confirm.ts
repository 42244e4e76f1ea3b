import { Command } from 'commander';
import { currentUser, examples, outputOption, type TemporalOptions, withTemporal } from './options.ts';

export interface ConfirmOptions extends TemporalOptions {
  as: string;
  skip?: boolean;
  comment?: string;
  output: string;
}

export function confirmCommand(): Command {
  const command = new Command('confirm')
    .argument('<cluster>', 'name of the cluster')
    .argument('<step>', 'key of the step, as `proxyshift status` shows it')
    .description(
      'Tells a run that a step which only a person can do (as restarting nodes) was done. With --skip it is left out, ' +
        'at a risk that the report records. Exits with 1 and the reason where the run does not wait for it.',
    )
    .option('--as <name>', 'who says so', currentUser())
    .option('--skip', 'it was not done: go on without')
    .option('--comment <text>', 'what was done, or why not; kept in the report')
    .addOption(outputOption('table', 'json'))
    .addHelpText(
      'after',
      examples(
        'proxyshift confirm prod-1 restart-nodes-1 --as grace@example.com',
        'proxyshift confirm prod-1 restart-nodes-2 --skip --comment "drained and flushed by hand"',
      ),
    );
  return withTemporal(command).action(async (cluster: string, step: string, options: ConfirmOptions) => {
    const { sendConfirm } = await import('./actions/send.ts');
    process.exitCode = await sendConfirm(cluster, step, options);
  });
}
