import { Command } from 'commander';
import { type ClustersOptions, examples, outputOption, withClusters, wordList } from './options.ts';

export interface NotifyOptions extends ClustersOptions {
  receiver?: string[];
  output: string;
}

export function notifyCommand(): Command {
  const command = new Command('notify')
    .description(
      'Sends a message of the event "test" to the receivers of the clusters file, once and without Temporal, and shows what ' +
        'each answered. Run it where the worker runs: the files with addresses and keys are there. Exits with 1 where one ' +
        'of them could not be told.',
    )
    .option('--receiver <names>', 'only these, separated by commas (default: all of the clusters file)', wordList)
    .addOption(outputOption('table', 'json'))
    .addHelpText(
      'after',
      examples(
        'proxyshift notify',
        'proxyshift notify --receiver chat,tickets',
        'proxyshift notify --clusters /etc/proxyshift/clusters.yaml -o json | jq .',
      ),
    );
  return withClusters(command).action(async (options: NotifyOptions) => {
    const { notify } = await import('./actions/notify.ts');
    process.exitCode = await notify(options);
  });
}
