import { Command } from 'commander';
import {
  type ClustersOptions,
  currentUser,
  examples,
  outputOption,
  type TemporalOptions,
  withClusters,
  withTemporal,
} from './options.ts';

export interface RollbackOptions extends TemporalOptions, ClustersOptions {
  as: string;
  comment?: string;
  snapshot?: string;
  takeOver?: string;
  taskQueue?: string;
  wait?: boolean;
  output: string;
}

export function rollbackCommand(): Command {
  const command = new Command('rollback')
    .argument('<cluster>', 'name of the cluster')
    .description(
      'While a run is open: undoes everything that it has changed, node by node, and verifies that every object is equal to ' +
        'what was saved before. The step that is under way is cancelled and undone too. Exits with 1 and the reason where ' +
        'the run refuses it.\n\n' +
        'Where no run is open, days later: starts a run that goes back to a snapshot which an earlier run left in the ' +
        'cluster. It looks at what differs, makes a plan, and waits for another person to approve it; nothing is written ' +
        'before. See it with plan, approve it with approve.',
    )
    .option('--as <name>', 'who says so; may not approve the plan of a new run', currentUser())
    .option('--comment <text>', 'why; kept in the report of the open run')
    .option(
      '--snapshot <name>',
      'of a new run: go back to this one (default: the newest of a migration that changed something)',
    )
    .option(
      '--take-over <holder>',
      'of a new run: who holds the lock and is gone for good, exactly as the lock says it',
    )
    .option('--task-queue <name>', 'of a new run: task queue of the workers (default: as in the clusters file)')
    .option('--wait', 'follow a new run to its end, and exit with its code')
    .addOption(outputOption('table', 'json'))
    .addHelpText(
      'after',
      examples(
        'proxyshift rollback prod-1',
        'proxyshift rollback prod-1 --as grace@example.com --comment "error rate is up"',
        'proxyshift rollback prod-1 --snapshot proxyshift-snapshot-0199…',
      ),
    );
  return withClusters(withTemporal(command)).action(async (cluster: string, options: RollbackOptions) => {
    const { rollback } = await import('./actions/rollback.ts');
    process.exitCode = await rollback(cluster, options);
  });
}
