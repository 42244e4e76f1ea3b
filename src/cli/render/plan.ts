import type { Finding } from '../../model/finding.ts';
import type { Plan } from '../../model/plan.ts';
import type { Colors } from '../colors.ts';
import { readable } from './time.ts';

/** A plan as a person reads it before they approve it. */
export function renderPlan(plan: Plan, hash: string | undefined, colors: Colors): string {
  const { cluster, kubeProxy, calico } = plan;
  const lines = [
    `${colors.bold(`Plan for ${cluster.name}`)} ${colors.dim(`Kubernetes ${cluster.kubernetesVersion}, kube-system uid ${cluster.uid}`)}`,
    '',
    fact('kube-proxy', kubeProxy.needed ? `${kubeProxy.from} → ${kubeProxy.to}` : `is ${kubeProxy.to} already`, colors),
    ...(calico ? [fact('Calico', calicoLine(calico), colors)] : [fact('Calico', 'none', colors)]),
    fact('nodes', nodesLine(plan), colors),
    ...(kubeProxy.needed ? wavesLines(plan, colors) : []),
    fact('limits', limitsLine(plan), colors),
    fact('approval', approvalLine(plan), colors),
    ...(plan.changes.length > 0 ? ['', colors.bold('Changes')] : []),
    ...plan.changes.flatMap((change) => [
      `  ${colors.bold(change.object)}`,
      ...renderDiff(change.diff, colors).map((line) => `    ${line}`),
      `    ${colors.dim(`undo: ${change.undo}`)}`,
    ]),
    ...renderFindings(plan.findings, colors),
    ...(hash ? ['', `plan hash ${colors.bold(hash)}`] : []),
  ];
  return lines.join('\n');
}

/** Findings with their stable codes, worst first, each with what to do about it. */
export function renderFindings(findings: readonly Finding[], colors: Colors): string[] {
  if (findings.length === 0) return [];
  const order = { blocker: 0, warning: 1, note: 2 };
  const sign = { blocker: colors.red('×'), warning: colors.yellow('‼'), note: colors.blue('·') };
  const sorted = [...findings].sort((a, b) => order[a.severity] - order[b.severity]);
  return [
    '',
    colors.bold('Findings'),
    ...sorted.flatMap(({ severity, code, message, objects, fix }) => [
      `  ${sign[severity]} ${message} ${colors.dim(`[${code}]`)}`,
      ...few(objects.filter((object) => !message.includes(object))).map((object) => `      ${colors.dim(object)}`),
      ...(fix ? fix.split('\n').map((line) => `      ${line}`) : []),
    ]),
  ];
}

/** A unified diff with its added lines green and its removed lines red; the file names are left out. */
export function renderDiff(diff: string, colors: Colors): string[] {
  return diff
    .trimEnd()
    .split('\n')
    .filter((line) => !/^(---|\+\+\+|===+|Index:|\\ No newline)/.test(line))
    .map((line) => {
      if (line.startsWith('+')) return colors.green(line);
      if (line.startsWith('-')) return colors.red(line);
      return line.startsWith('@@') ? colors.dim(line) : line;
    });
}

function fact(name: string, value: string, colors: Colors): string {
  return `  ${colors.dim(name.padEnd(11))} ${value}`;
}

function calicoLine({ needed, install, version, dataplane, nftablesMode }: NonNullable<Plan['calico']>): string {
  const what = `${version} (${install} install)`;
  if (!needed) return `${what}: nothing to write, verified at the end`;
  if (dataplane) return `${what}: linuxDataplane ${dataplane.from} → ${dataplane.to}`;
  return `${what}: nftablesMode ${nftablesMode.from} → ${nftablesMode.to}`;
}

function nodesLine({ nodes }: Plan): string {
  const count = new Map<string, number>();
  for (const { mode } of nodes) count.set(mode, (count.get(mode) ?? 0) + 1);
  const modes = [...count].map(([mode, number]) => `${number} in ${mode}`).join(', ');
  return `${nodes.length} (${modes})`;
}

function wavesLines({ kubeProxy: { waves, canary } }: Plan, colors: Colors): string[] {
  const rest = canary ? waves.slice(1) : waves;
  const most = Math.max(...rest.map((wave) => wave.length));
  return [
    ...(canary ? [fact('canary', `${canary.node} ${colors.dim(`(${canary.why})`)}`, colors)] : []),
    ...(rest.length > 0
      ? [
          fact(
            'waves',
            `${rest.length}${canary ? ' after the canary' : ''}, of at most ${most} ${most === 1 ? 'node' : 'nodes'}`,
            colors,
          ),
        ]
      : []),
  ];
}

function limitsLine({ kubeProxy, calico, soakMs }: Plan): string {
  return [
    `${readable(kubeProxy.nodeTimeoutMs)} a node`,
    ...(calico ? [`${readable(calico.timeoutMs)} for Calico`] : []),
    `watched for ${readable(soakMs)} afterwards`,
  ].join(', ');
}

function approvalLine({ approval: { approvers, timeoutMs } }: Plan): string {
  const who = approvers.length > 0 ? approvers.join(', ') : 'anyone but the requester';
  return `${who}, within ${readable(timeoutMs)}`;
}

/** The first few of a long list, and how many more there are. */
function few(items: readonly string[]): string[] {
  return items.length <= 6 ? [...items] : [...items.slice(0, 5), `and ${items.length - 5} more`];
}
