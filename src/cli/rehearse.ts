import { Command, Option } from 'commander';
import {
  examples,
  outputOption,
  type TemporalOptions,
  targetOption,
  timeSpan,
  wholeNumber,
  withTemporal,
} from './options.ts';
import { reportFile } from './report.ts';

export interface RehearseOptions extends TemporalOptions {
  nodes: number;
  calico: string;
  calicoVersion: string;
  target: string;
  scenario: string;
  strategy: string;
  handover: string;
  maxUnavailable: string;
  probe?: boolean;
  /** ms */
  probeLimit?: number;
  listScenarios?: boolean;
  yes?: boolean;
  keep?: boolean;
  report?: string;
  output: string;
}

export function rehearseCommand(): Command {
  const command = new Command('rehearse')
    .description(
      'Rehearses the whole migration: a real Kubernetes control plane with simulated nodes, a real Temporal with its UI, a ' +
        'worker, the plan, your approval, and the run to its end. Scenarios bring trouble. Everything is taken down again at ' +
        'the end, on a failure, and on Ctrl-C. What it needs is found, downloaded or built, once.',
    )
    .option('--nodes <number>', 'nodes of the cluster, the control-plane node included', wholeNumber(2, 5_000), 12)
    .addOption(
      new Option('--calico <install>', 'how Calico is installed')
        .choices(['operator', 'manifest', 'none'])
        .default('operator'),
    )
    .addOption(
      new Option('--calico-version <version>', 'version of Calico').choices(['3.30', '3.31', '3.32']).default('3.32'),
    )
    .addOption(targetOption())
    .addOption(
      new Option('--strategy <name>', 'how kube-proxy is replaced').choices(['waves', 'rolling']).default('waves'),
    )
    .addOption(
      new Option('--handover <name>', 'how a node gets from one mode to the other')
        .choices(['restart', 'make-before-break'])
        .default('restart'),
    )
    .option('--max-unavailable <nodes>', 'nodes of the largest wave: a number, or a percentage', '25%')
    .option('--probe', 'measure traffic on every node, and report what it lost')
    .option(
      '--probe-limit <span>',
      'with the probe: undo the run where a node is without an answer for so much longer than before it',
      timeSpan,
    )
    .option('--scenario <name>', 'what goes wrong; see --list-scenarios', 'healthy')
    .option('--list-scenarios', 'print the scenarios, and end')
    .option('-y, --yes', 'approve the plan, and do what is asked of people, without asking; as CI does')
    .option('--keep', 'keep cluster, worker and Temporal after the end, until Ctrl-C')
    .option(
      '--report <file>',
      'write the report of the run into this file, however it ends: .html, .md, .json or .txt',
      reportFile,
    )
    .addOption(outputOption('table', 'json'))
    .addHelpText(
      'after',
      examples(
        'proxyshift rehearse',
        'proxyshift rehearse --scenario canary-crashes        see a failure, and the way back',
        'proxyshift rehearse --target ebpf                     restart the simulated nodes when the run asks for it',
        'proxyshift rehearse --nodes 200 --calico manifest --calico-version 3.31 --yes',
        'proxyshift rehearse --strategy rolling                as kubectl rollout restart does it, with proof of every node',
        'proxyshift rehearse --calico-version 3.31 --handover make-before-break   with a second kube-proxy on each node',
        'proxyshift rehearse --probe --yes                     what each node was without, by restart',
        'proxyshift rehearse --scenario lossy-node --probe-limit 3s   traffic that is lost, and the way back',
        'proxyshift rehearse --yes --report rehearsal.html     what a report of a run looks like',
        'proxyshift rehearse --keep                            look around with kubectl and in the Temporal UI',
        'proxyshift rehearse --yes -o json | jq -r .outcome    one JSON document; progress is on standard error',
      ),
    );
  return withTemporal(command).action(async (options: RehearseOptions) => {
    const { rehearse } = await import('./actions/rehearse.ts');
    process.exitCode = await rehearse(options);
  });
}
