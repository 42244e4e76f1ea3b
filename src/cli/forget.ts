import { Command } from 'commander';
import { examples, outputOption, type ReachOptions, withReach } from './options.ts';

export interface ForgetOptions extends ReachOptions {
  keepLatest?: boolean;
  yes?: boolean;
  output: string;
}

export function forgetCommand(): Command {
  const command = new Command('forget')
    .argument('[cluster]', 'name of the cluster in the clusters file; or use --context')
    .description(
      'Removes the snapshots that runs left in a cluster. Without them nobody can go back any more. It shows them and asks, ' +
        'and refuses while a run holds the lock. The worker may not delete a ConfigMap: this is done with your own rights, ' +
        'which need list and delete of configmaps, and get of leases, in kube-system.',
    )
    .option('--keep-latest', 'keep the newest one')
    .option('-y, --yes', 'do not ask')
    .addOption(outputOption('table', 'json'))
    .addHelpText(
      'after',
      examples(
        'proxyshift forget --context admin@prod-1',
        'proxyshift forget --context admin@prod-1 --kubeconfig ~/.kube/prod --keep-latest --yes',
        'proxyshift forget prod-1 -o json --yes        where the clusters file names a kubeconfig with these rights',
      ),
    );
  return withReach(command).action(async (cluster: string | undefined, options: ForgetOptions) => {
    const { forget } = await import('./actions/forget.ts');
    process.exitCode = await forget(cluster, options);
  });
}
