import { describeRef } from '../../cluster/objects.ts';
import { type Owner, ownersOf } from '../../cluster/owners/owners.ts';
import { platforms } from '../../cluster/platform/platforms.ts';
import { recognisePlatforms } from '../../cluster/platform/recognise.ts';
import { type PlatformSource, type ProxyChange, platformSources } from '../../cluster/platform/sources.ts';
import { felixConfigurationDefault, installation, kubeProxyConfigMap } from '../../cluster/refs.ts';
import type { CalicoPlan, Plan } from '../../model/plan.ts';
import type { SourceSetting } from '../../model/source-setting.ts';
import type { ClusterFacts } from '../facts.ts';
import { signsOf } from './signs-of.ts';

/**
 * Where the mode is kept outside of the cluster, and how its lines have to read after this plan was carried out: by the platform
 * that made the cluster, and by who owns the objects that the plan writes.
 */
export async function sourceSettings(facts: ClusterFacts, plan: Plan): Promise<SourceSetting[]> {
  try {
    return [...(await proxySources(facts, plan)), ...(await calicoSources(facts, plan))];
  } catch {
    // Advice for afterwards. What could not be read is a finding of the checks of who owns these objects, PXS040 to PXS043.
    return [];
  }
}

async function proxySources(facts: ClusterFacts, { kubeProxy, changes }: Plan): Promise<SourceSetting[]> {
  if (!kubeProxy.needed) return [];
  const name = describeRef(kubeProxyConfigMap);
  const added = addedLines(changes.find(({ object }) => object === name)?.diff ?? '');
  const mode = `mode: ${kubeProxy.to}`;
  const change: ProxyChange = { mode: kubeProxy.to, lines: added.includes(mode) ? added : [mode, ...added] };
  const platformsFound = recognisePlatforms(await signsOf(facts)).flatMap(({ id, by }): SourceSetting[] => {
    const source: PlatformSource | undefined = platformSources[id];
    if (source === undefined) return [];
    const { file, lines, otherwise } = source;
    return [{ sets: 'kube-proxy', keeper: platforms[id].name, by, file, lines: lines(change), otherwise }];
  });
  const configMap = await facts.object(kubeProxyConfigMap);
  const owners = configMap ? ownersOf(configMap, ['data', 'config.conf']).owners : [];
  const inConfig = ['data:', '  config.conf: |', ...change.lines.map((line) => `    ${line}`)];
  return [
    ...platformsFound,
    ...owners.map((owner) => ownedSetting(owner, { sets: 'kube-proxy', name, lines: inConfig })),
  ];
}

async function calicoSources(facts: ClusterFacts, { calico, ebpf }: Plan): Promise<SourceSetting[]> {
  const fields = ebpf?.needed ? fieldsOf(ebpf.patch) : calico?.needed ? fieldsOf(calicoFields(calico)) : [];
  if (fields.length === 0) return [];
  const byOperator = ebpf !== undefined || calico?.install === 'operator';
  const ref = byOperator ? installation : felixConfigurationDefault;
  const above = byOperator ? ['spec', 'calicoNetwork'] : ['spec'];
  const name = describeRef(ref);
  const object = await facts.object(ref);
  const owners = object ? ownersOf(object, [...above, fields[0]?.[0] ?? '']).owners : [];
  const lines = nested(above, fields);
  if (owners.length > 0) {
    return owners.map((owner) => {
      // Chart tigera-operator of Calico hands `installation` over as the spec (charts/tigera-operator/values.yaml).
      const inValues = byOperator && owner.name.includes('Helm');
      const shown = inValues ? nested(['installation', 'calicoNetwork'], fields) : lines;
      return ownedSetting(owner, { sets: 'Calico', name, lines: shown });
    });
  }
  return [
    {
      sets: 'Calico',
      keeper: 'your own manifests',
      file: byOperator ? `custom-resources.yaml, or wherever you keep ${name}` : `wherever you keep ${name}`,
      lines,
      otherwise: `applying an older file with another value, or making the cluster again of it, brings that value back`,
    },
  ];
}

function calicoFields({ dataplane, nftablesMode }: CalicoPlan): Record<string, string> {
  return dataplane ? { linuxDataplane: dataplane.to } : { nftablesMode: nftablesMode.to };
}

function fieldsOf(patch: Readonly<Record<string, string | undefined>>): [string, string][] {
  return Object.entries(patch).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));
}

function ownedSetting(
  { name: keeper, evidence, reverts }: Owner,
  { sets, name, lines }: Pick<SourceSetting, 'sets' | 'lines'> & { name: string },
): SourceSetting {
  const file = keeper.includes('Helm')
    ? `the values of the release that makes ${name}`
    : `where ${keeper} has ${name} from`;
  return { sets, keeper, by: evidence, file, lines, otherwise: `${keeper} ${reverts}` };
}

/** Lines of YAML: fields below the keys that they stand in. */
function nested(above: readonly string[], fields: readonly (readonly [string, string])[]): string[] {
  const indent = (depth: number) => '  '.repeat(depth);
  return [
    ...above.map((key, depth) => `${indent(depth)}${key}:`),
    ...fields.map(([key, value]) => `${indent(above.length)}${key}: ${value}`),
  ];
}

/** What a diff adds, each line below the key that it stands in where the diff shows that. */
function addedLines(diff: string): string[] {
  const lines: string[] = [];
  let above: string | undefined;
  for (const line of diff.split('\n')) {
    if (/^(---|\+\+\+|@@|-)/.test(line)) continue;
    const text = line.slice(1);
    const isAdded = line.startsWith('+');
    if (isAdded && text.startsWith(' ') && above !== undefined) lines.push(above);
    if (isAdded) lines.push(text);
    if (!text.startsWith(' ')) above = isAdded ? undefined : text;
    else if (isAdded) above = undefined;
  }
  return lines;
}
