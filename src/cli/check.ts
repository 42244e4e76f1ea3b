import { Command, Option } from 'commander';
import {
  type ClustersOptions,
  codeList,
  examples,
  outputOption,
  targetOption,
  withClusters,
  wordList,
} from './options.ts';

export interface CheckOptions extends ClustersOptions {
  from?: string;
  target: string;
  only?: string[];
  ignoreChecks?: string[];
  allNodes?: boolean;
  ascii?: boolean;
  output: string;
}

/**
 * What `--from` reads: a file for each kind. Without secrets, and without what is nobody's business. A test runs these
 * commands as they stand here.
 */
const MAKE_AN_EXPORT = `
An export for --from is a folder with a file for each kind:
  mkdir export && cd export
  get() { kubectl get --show-managed-fields -o yaml "$@"; }
  kubectl version -o yaml > version.yaml
  for KIND in apiservices namespaces nodes daemonsets services endpointslices
  do get $KIND -A > $KIND.yaml; done
  get pods -n kube-system > pods.yaml
  get configmaps kube-proxy kubeadm-config -n kube-system --ignore-not-found \\
    > configmaps.yaml   # only these two are needed
and with Calico, as far as the cluster has them:
  for KIND in felixconfigurations clusterinformations ippools
  do get $KIND.crd.projectcalico.org > $KIND.yaml; done
  for KIND in installations tigerastatuses
  do get $KIND.operator.tigera.io > $KIND.yaml; done
  get pods -n calico-system > pods.calico-system.yaml
  get deployments -n tigera-operator > deployments.yaml
Where a check needs more, it says which, with the command.`;

const EXIT_CODES = `
Exit codes:
  0  nothing is in the way; there may be warnings
  1  blockers
  2  could not check: bad arguments, no connection; or all that is in the way
     is what could not be read`;

export function checkCommand(): Command {
  const command = new Command('check')
    .argument('[cluster]', 'name of the cluster in the clusters file')
    .description(
      'Looks at a cluster and says whether it can be migrated, what its users would notice, and what to do about it. ' +
        'Writes nothing, and needs no Temporal: it makes the checks that a run makes before it asks for an approval, from ' +
        'this machine and with the kubeconfig in the clusters file. With --from it checks exported objects instead.',
    )
    .addOption(new Option('--from <folder>', 'check exported objects instead of a cluster').conflicts('clusters'))
    .addOption(targetOption())
    .option(
      '--only <categories>',
      'only these, separated by commas: cluster, platform, nodes, kube-proxy, services, calico, ebpf, handover, probe',
      wordList,
    )
    .option('--ignore-checks <codes>', 'make blockers of these checks warnings, as PXS014,PXS016', codeList)
    .option('--all-nodes', 'look at kube-proxy and Felix on every node (default: on a sample of at most 100)')
    .option('--ascii', 'only ASCII in tables (default: where the locale is not UTF-8)')
    .addOption(outputOption('table', 'json', 'short', 'markdown'))
    .addHelpText(
      'after',
      `${examples(
        'proxyshift check prod-1',
        'proxyshift check prod-1 -o short             for a chat: blockers and warnings',
        'proxyshift check prod-1 -o markdown > ticket.md',
        'proxyshift check prod-1 --only nodes,kube-proxy --all-nodes',
        'proxyshift check --from ./export --target ebpf -o json | jq -r .success',
      )}\n${EXIT_CODES}\n${MAKE_AN_EXPORT}`,
    );
  return withClusters(command).action(async (cluster: string | undefined, options: CheckOptions) => {
    const { check } = await import('./actions/check.ts');
    process.exitCode = await check(cluster, options);
  });
}
