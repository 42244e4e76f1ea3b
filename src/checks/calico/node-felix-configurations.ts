import { type FelixConfiguration, felixConfigurationSchema } from '../../cluster/calico/installation-schema.ts';
import type { Finding } from '../../model/finding.ts';
import type { NftablesMode } from '../../model/mode.ts';
import { type Check, count, few, finding } from '../check.ts';
import { onTarget } from './on-calico.ts';

const code = 'PXS070';
const PER_NODE = 'node.';

/** What a FelixConfiguration other than `default` does to the switch on its nodes. */
type Effect = 'overrides' | 'agrees' | 'other' | 'unused';

/** Stronger than `default`: those of a node, then those with a nodeSelector (`SourcesInDescendingOrder`, felix/config). */
export const nodeFelixConfigurations: Check = {
  code,
  category: 'calico',
  target: 'nftables',
  title: 'No FelixConfiguration of a node overrides the switch',
  looksAt: 'FelixConfigurations other than default: node.NODE, and those with a nodeSelector',
  essential: true,
  run: onTarget(async ({ mode }, facts) => {
    const [found, nodes] = await Promise.all([
      facts.objects({ apiVersion: 'crd.projectcalico.org/v1', plural: 'felixconfigurations' }),
      facts.nodes(),
    ]);
    const names = new Set(nodes.map(({ name }) => name));
    const others = found
      .map((object) => felixConfigurationSchema.parse(object))
      .filter(({ metadata }) => metadata.name !== 'default')
      .map((configuration) => ({ configuration, effect: effectOf(configuration, { mode, names }) }))
      .sort((a, b) => (a.configuration.metadata.name < b.configuration.metadata.name ? -1 : 1));
    const having = (effect: Effect) =>
      others.filter((other) => other.effect === effect).map((other) => other.configuration);
    return {
      saw:
        others.length === 0
          ? 'only default'
          : count(others.length, 'FelixConfiguration beside default', 'FelixConfigurations beside default'),
      findings: [
        ...overriding(having('overrides'), mode),
        ...noted(having('agrees'), `already sets nftablesMode ${mode}`),
        ...noted(having('other'), 'sets other things, and keeps them'),
        ...noted(having('unused'), 'applies to no Linux node of this cluster'),
      ],
    };
  }),
};

function effectOf(
  { metadata, spec }: FelixConfiguration,
  { mode, names }: { mode: NftablesMode; names: ReadonlySet<string> },
): Effect {
  const used = metadata.name.startsWith(PER_NODE)
    ? names.has(metadata.name.slice(PER_NODE.length))
    : Boolean(spec.nodeSelector);
  if (!used) return 'unused';
  if (spec.bpfEnabled) return 'overrides';
  if (spec.nftablesMode) return spec.nftablesMode === mode ? 'agrees' : 'overrides';
  return 'other';
}

function overriding(configurations: readonly FelixConfiguration[], mode: NftablesMode): Finding[] {
  if (configurations.length === 0) return [];
  const list = configurations.map(({ metadata, spec }) => {
    const what = spec.bpfEnabled ? 'bpfEnabled: true' : `nftablesMode: ${spec.nftablesMode}`;
    return `${metadata.name} (${what})`;
  });
  const message = `FelixConfigurations that override default would keep their nodes from nftablesMode ${mode}: ${few(list)}`;
  const first = configurations[0]?.metadata.name ?? 'NAME';
  return [
    finding(code, 'blocker', message, {
      objects: objectsOf(configurations),
      fix: 'Take the field out of each of them, or delete them',
      command: `kubectl patch felixconfigurations.crd.projectcalico.org ${first} --type merge -p '{"spec":{"nftablesMode":null,"bpfEnabled":null}}'`,
    }),
  ];
}

function noted(configurations: readonly FelixConfiguration[], what: string): Finding[] {
  if (configurations.length === 0) return [];
  const message = `A FelixConfiguration beside default ${what}: ${few(configurations.map(({ metadata }) => metadata.name))}`;
  return [finding(code, 'note', message, { objects: objectsOf(configurations) })];
}

function objectsOf(configurations: readonly FelixConfiguration[]): string[] {
  return configurations.map(({ metadata }) => `FelixConfiguration ${metadata.name}`);
}
