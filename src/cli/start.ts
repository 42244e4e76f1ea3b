import { Command } from 'commander';
import {
  type ClustersOptions,
  codeList,
  currentUser,
  examples,
  outputOption,
  type TemporalOptions,
  targetOption,
  withClusters,
  withTemporal,
} from './options.ts';

export interface StartOptions extends TemporalOptions, ClustersOptions {
  requester: string;
  target: string;
  taskQueue?: string;
  wait?: boolean;
  ignoreChecks?: string[];
  takeOver?: string;
  output: string;
}

export function startCommand(): Command {
  const command = new Command('start')
    .argument('<cluster>', 'name of the cluster in the clusters file')
    .description(
      'Asks for the migration of a cluster. The run looks at the cluster, makes a plan, and waits for another person to ' +
        'approve it; nothing is written before. One run may be open on a cluster.',
    )
    .option('--requester <name>', 'who asks; may not approve the plan', currentUser())
    .addOption(targetOption())
    .option('--task-queue <name>', 'task queue of the workers (default: the one in the clusters file, or proxyshift)')
    .option(
      '--ignore-checks <codes>',
      'make blockers of these checks warnings of the plan, which the approval has to accept; kept in plan and report',
      codeList,
    )
    .option('--take-over <holder>', 'who holds the lock and is gone for good, exactly as the lock says it')
    .option('--wait', 'follow the run to its end, and exit with its code')
    .addOption(outputOption('table', 'json'))
    .addHelpText(
      'after',
      examples(
        'proxyshift start prod-1',
        'proxyshift start prod-1 --requester ada@example.com --wait',
        'proxyshift start prod-1 --ignore-checks PXS014',
        'proxyshift start prod-1 --target ebpf         a person restarts nodes on the way; see docs/runbook.md',
        'proxyshift start prod-1 -o json | jq -r .runId',
      ),
    );
  return withClusters(withTemporal(command)).action(async (cluster: string, options: StartOptions) => {
    const { start } = await import('./actions/start.ts');
    process.exitCode = await start(cluster, options);
  });
}
