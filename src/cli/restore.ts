import { Command } from 'commander';
import { currentUser, examples, outputOption, type ReachOptions, wholeNumber, withReach } from './options.ts';

export interface RestoreOptions extends ReachOptions {
  snapshot?: string;
  list?: boolean;
  takeOver?: string;
  as: string;
  maxUnavailable?: number;
  yes?: boolean;
  output: string;
}

const EXIT_CODES = `
Exit codes:
  0  nothing differs from the snapshot    3  restored, and verified equal to it
  2  could not run; nothing was written   4  not confirmed; nothing was written
  6  something did not succeed: mend it, and run the same command again`;

export function restoreCommand(): Command {
  const command = new Command('restore')
    .argument('[cluster]', 'name of the cluster in the clusters file; or use --context')
    .description(
      'Puts back what a run has found, when its worker or Temporal is gone. It needs neither: only a kubeconfig, and the ' +
        'snapshot that the run left in the cluster. Calico first, then kube-proxy, node by node where it is not in the mode ' +
        'that it was in; then it proves that every object and every node is as it was. It says what it is going to do and ' +
        'asks. It can be run again at any time, and does only what is left.\n\n' +
        'While Temporal and a worker are there, use proxyshift rollback: it has a plan, an approval and a report.',
    )
    .option('--snapshot <name>', 'go back to this one (default: the newest of a migration that changed something)')
    .option('--list', 'show the snapshots in the cluster, and do nothing')
    .option('--take-over <holder>', 'who holds the lock and is gone for good, exactly as this command says it')
    .option('--as <name>', 'who restores; written into the lock', currentUser())
    .option('--max-unavailable <nodes>', 'nodes at once (default: as in the run)', wholeNumber(1, 5_000))
    .option('-y, --yes', 'do not ask')
    .addOption(outputOption('table', 'json'))
    .addHelpText(
      'after',
      `${examples(
        'proxyshift restore prod-1 --list',
        'proxyshift restore prod-1',
        'proxyshift restore --context admin@prod-1 --kubeconfig ~/.kube/prod --snapshot proxyshift-snapshot-0199…',
        "proxyshift restore prod-1 --take-over 'proxyshift/prod-1/0199…' --yes",
      )}\n${EXIT_CODES}`,
    );
  return withReach(command).action(async (cluster: string | undefined, options: RestoreOptions) => {
    const { restore } = await import('./actions/restore.ts');
    process.exitCode = await restore(cluster, options);
  });
}
