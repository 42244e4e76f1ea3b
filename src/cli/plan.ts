import { Command, Option } from 'commander';
import { targets } from '../model/request.ts';
import {
  type ClustersOptions,
  codeList,
  examples,
  outputOption,
  type TemporalOptions,
  withClusters,
  withTemporal,
} from './options.ts';

export interface PlanOptions extends TemporalOptions, ClustersOptions {
  output: string;
  runId?: string;
  dryRun?: boolean;
  target?: string;
  ignoreChecks?: string[];
}

export function planCommand(): Command {
  const command = new Command('plan')
    .argument('<cluster>', 'name of the cluster')
    .description(
      'Shows the plan of the run of a cluster: every object that will be written with its exact change, the canary node ' +
        'and the waves, how long it is going to take, the findings, and the hash that an approval names. Markdown is made ' +
        'for a change ticket.\n\n' +
        'With --dry-run it needs neither a run nor Temporal: it looks at the cluster from this machine and makes the plan ' +
        'that a run would make now. It has the same hash, as long as neither the cluster nor its entry in the clusters ' +
        'file changes. Nothing is written. Exits with 1 where there are blockers, and shows them.',
    )
    .addOption(new Option('--run-id <id>', 'an earlier run (default: the latest)').conflicts('dryRun'))
    .option('--dry-run', 'make the plan now, from the cluster, without a run')
    .addOption(
      new Option('--target <mode>', 'with --dry-run: what the cluster is to be taken to (default: nftables)').choices(
        targets,
      ),
    )
    .option('--ignore-checks <codes>', 'with --dry-run: make blockers of these checks warnings', codeList)
    .addOption(outputOption('table', 'json', 'markdown'))
    .addHelpText(
      'after',
      examples(
        'proxyshift plan prod-1',
        'proxyshift plan prod-1 -o markdown > change.md',
        'proxyshift plan prod-1 -o json | jq -r .planHash',
        'proxyshift plan prod-1 --dry-run --ignore-checks PXS014',
        'proxyshift plan prod-1 --dry-run --target ebpf',
      ),
    );
  return withClusters(withTemporal(command)).action(async (cluster: string, options: PlanOptions) => {
    const { showPlan } = await import('./actions/plan.ts');
    process.exitCode = await showPlan(cluster, options);
  });
}
