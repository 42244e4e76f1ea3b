import { z } from 'zod';
import type { Finding, Severity } from '../../model/finding.ts';
import { type Check, finding } from '../check.ts';
import type { ClusterFacts } from '../facts.ts';
import { onCalico } from './on-calico.ts';

const code = 'PXS025';

/** Names that matter, in lower case: Felix reads its variables whatever their case. */
const severities: Readonly<Record<string, Severity>> = {
  felix_nftablesmode: 'blocker',
  felix_bpfenabled: 'blocker',
  felix_iptablesbackend: 'warning',
};
/** Values that change nothing: what Felix takes for false (`felix/config/param_types.go`), and the default of the backend. */
const harmless: Readonly<Record<string, readonly string[]>> = {
  felix_bpfenabled: ['false', '0', 'no', 'n', 'f'],
  felix_iptablesbackend: ['auto'],
};

const envFromSchema = z.looseObject({
  envFrom: z
    .array(
      z.looseObject({
        prefix: z.string().default(''),
        configMapRef: z.looseObject({ name: z.string() }).optional(),
        secretRef: z.looseObject({ name: z.string() }).optional(),
      }),
    )
    .default([]),
});
const configMapSchema = z.looseObject({ data: z.record(z.string(), z.string()).nullish() });

/** A variable, or a source of variables that cannot be read. */
type Variable = { name: string; value: string | undefined; from: string } | { unread: string };

/** The environment is stronger than the datastore (felix/config/config_params.go): the switch would do nothing. */
export const felixEnvironment: Check = {
  code,
  category: 'calico',
  title: "Felix's mode is not fixed by its environment",
  looksAt: 'FELIX_NFTABLESMODE, FELIX_BPFENABLED and FELIX_IPTABLESBACKEND of DaemonSet calico-node',
  essential: true,
  run: onCalico(async ({ daemonSet, namespace }, facts) => {
    const object = `DaemonSet ${namespace}/calico-node`;
    const { containers } = daemonSet.spec.template.spec;
    const own = containers.flatMap(({ env }) => env).map(({ name, value }) => ({ name, value, from: object }));
    const sources = await Promise.all(containers.map((container) => fromSources(container, namespace, facts)));
    const all: Variable[] = [...own, ...sources.flat()];
    const set = all.flatMap((variable) => ('name' in variable && matters(variable) ? [variable] : []));
    const unread = all.flatMap((variable) => ('unread' in variable ? [variable.unread] : []));
    return {
      saw: set.map(({ name, value }) => `${name}=${value ?? '?'}`).join(', ') || 'none is set',
      findings: [
        ...set.map((variable) => setFinding(variable, object, namespace)),
        ...unread.map((source) => unreadFinding(source, object, namespace)),
      ],
    };
  }),
};

function matters({ name, value }: { name: string; value: string | undefined }): boolean {
  const key = name.toLowerCase();
  return key in severities && !(harmless[key] ?? []).includes(value?.toLowerCase() ?? '');
}

/** ConfigMaps of kube-system may be read. Calico's own manifests take kubernetes-services-endpoint, where it is there. */
async function fromSources(container: object, namespace: string, facts: ClusterFacts): Promise<Variable[]> {
  const { envFrom } = envFromSchema.parse(container);
  const read = envFrom.map(async ({ prefix, configMapRef, secretRef }): Promise<Variable[]> => {
    if (secretRef) return [{ unread: `Secret ${namespace}/${secretRef.name}` }];
    if (!configMapRef) return [];
    const from = `ConfigMap ${namespace}/${configMapRef.name}`;
    if (namespace !== 'kube-system') return [{ unread: from }];
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespace, name: configMapRef.name };
    const found = await facts.object(ref);
    const data = (found && configMapSchema.parse(found).data) ?? {};
    return Object.entries(data).map(([name, value]) => ({ name: `${prefix}${name}`, value, from }));
  });
  return (await Promise.all(read)).flat();
}

function setFinding(
  { name, value, from }: { name: string; value: string | undefined; from: string },
  object: string,
  namespace: string,
): Finding {
  const severity = severities[name.toLowerCase()] ?? 'warning';
  const command =
    from === object
      ? `kubectl -n ${namespace} set env daemonset/calico-node -c calico-node ${name}-`
      : `kubectl -n ${namespace} edit ${from.replace(`${namespace}/`, '').toLowerCase()}`;
  return finding(code, severity, `${from} sets ${name}=${value ?? '?'}, which overrides FelixConfiguration`, {
    objects: from === object ? [object] : [from, object],
    fix: from === object ? 'Take it out of the DaemonSet, or out of what makes the DaemonSet' : 'Take it out of there',
    command,
  });
}

function unreadFinding(source: string, object: string, namespace: string): Finding {
  const message = `${object} takes its environment from ${source}, which proxyshift may not read: it must not set FELIX_NFTABLESMODE or FELIX_BPFENABLED`;
  return finding(code, 'warning', message, {
    objects: [object, source],
    fix: 'Look for these variables there',
    command: `kubectl -n ${namespace} describe ${source.replace(`${namespace}/`, '').toLowerCase()}`,
  });
}
