import { type CalicoFacts, effectiveNftablesMode } from '../../cluster/calico/detect.ts';
import type { ClusterEntry } from '../../cluster/clusters-file.ts';
import { describeRef } from '../../cluster/objects.ts';
import { type EbpfPatch, type EbpfPlan, restartStepOf } from '../../model/ebpf-plan.ts';
import type { ProxyMode } from '../../model/mode.ts';
import type { PlannedChange } from '../../model/plan.ts';
import { restartGroups } from '../../model/restart-groups.ts';
import { type BpfSetup, bpfSetup } from '../ebpf/bpf-setup.ts';
import type { ClusterFacts } from '../facts.ts';
import { diffOf, yamlLines } from './diff.ts';

/**
 * The mode that kube-proxy has to be in before Calico takes over: iptables, wherever a node runs ipvs or nodes differ
 * (Calico's documentation, "Enabling the eBPF data plane"). A cluster that runs nftables everywhere stays in it. Of an export
 * the configured mode counts.
 */
export async function proxyModeBeforeEbpf(facts: ClusterFacts): Promise<ProxyMode> {
  const [{ summary }, proxies] = await Promise.all([facts.proxyConfig(), facts.server === '' ? [] : facts.proxies()]);
  const modes = new Set<string>([summary.effectiveMode, ...proxies.map(({ mode }) => mode)]);
  modes.delete('unknown');
  return modes.size === 1 && modes.has('nftables') ? 'nftables' : 'iptables';
}

/** What will be done to Calico on the way to eBPF: restarts by hand, then one patch of the Installation. */
export async function planEbpf(
  entry: ClusterEntry,
  calico: CalicoFacts,
  facts: ClusterFacts,
): Promise<{ plan: EbpfPlan; changes: PlannedChange[] }> {
  const [setup, restarts] = await Promise.all([bpfSetup(facts, calico), nodesWithIpvs(facts)]);
  const network = calico.installation?.spec.calicoNetwork;
  const from = network?.linuxDataplane ?? 'Iptables';
  const needed = from !== 'BPF';
  const nftablesMode = effectiveNftablesMode(calico);
  const patch: EbpfPatch = setup.automatic
    ? { linuxDataplane: 'BPF', bpfNetworkBootstrap: 'Enabled', kubeProxyManagement: 'Enabled' }
    : { linuxDataplane: 'BPF' };
  const plan: EbpfPlan = {
    needed,
    version: calico.version,
    ...(setup.operator ? { operatorVersion: setup.operator.version } : {}),
    namespace: calico.namespace,
    setup: setup.automatic ? 'operator' : 'by-hand',
    dataplane: { from, to: 'BPF' },
    patch,
    original: { nftablesMode, useNftables: from === 'Nftables' },
    restarts: needed ? restartGroups(restarts) : [],
    timeoutMs: entry.calico.timeoutMs,
  };
  if (!needed) return { plan, changes: [] };
  const { linuxDataplane, bpfNetworkBootstrap, kubeProxyManagement } = network ?? {};
  const before = { linuxDataplane, bpfNetworkBootstrap, kubeProxyManagement };
  const diff = diffOf('spec.calicoNetwork', yamlLines(before), yamlLines({ ...before, ...patch }));
  const back = setup.automatic
    ? ' The operator gives kube-proxy back first: kubeProxyManagement stays Enabled until it runs again.'
    : ' Its saved dataplane first; a person takes the nodeSelector out of kube-proxy.';
  return {
    plan,
    changes: [
      ...plan.restarts.map(restartChange),
      ...(setup.automatic ? [] : handChanges(setup)),
      {
        object: 'Installation default',
        diff,
        undo: `The saved object is put back, and every Felix is awaited.${back} Connections that eBPF carries break.`,
      },
      proxyOff(setup),
    ],
  };
}

/** Nodes in ipvs, and nodes whose Felix has seen what ipvs left: kube-proxy may have left ipvs in an earlier run. */
async function nodesWithIpvs(facts: ClusterFacts) {
  const [nodes, proxies, felix] = await Promise.all([facts.nodes(), facts.proxies(), facts.felix()]);
  const names = new Set([
    ...proxies.filter(({ mode }) => mode === 'ipvs').map(({ node }) => node),
    ...felix.filter(({ state }) => state.ipvsSupport === true).map(({ pod }) => pod.node),
  ]);
  // kube-proxy in nftables mode has cleaned up after ipvs itself.
  for (const { node, mode } of proxies) if (mode === 'nftables') names.delete(node);
  return nodes.filter(({ name }) => names.has(name));
}

function restartChange({ name, nodes }: EbpfPlan['restarts'][number]): PlannedChange {
  return {
    object: `${nodes.length} ${nodes.length === 1 ? 'Node' : 'Nodes'} of group ${name}`,
    diff: `restarted by a person, one after the other (drain, reboot, uncordon), who then confirms ${restartStepOf({ name })}; a boot ID that stays the same is not taken for a restart`,
    undo: 'Nothing to undo.',
  };
}

function handChanges({ endpoint }: BpfSetup): PlannedChange[] {
  return [
    {
      object: describeRef(endpoint),
      diff: 'made by a person, where it is not there yet: the address of the API server, for Calico',
      undo: 'It stays: Calico uses it in any mode. Whoever made it may delete it.',
    },
  ];
}

function proxyOff({ automatic }: BpfSetup): PlannedChange {
  return automatic
    ? {
        object: 'DaemonSet kube-system/kube-proxy',
        diff: 'switched off by the operator with a nodeSelector, once every node is ready for eBPF',
        undo: 'The operator takes its nodeSelector away again.',
      }
    : {
        object: 'DaemonSet kube-system/kube-proxy',
        diff: 'switched off by a person, with nodeSelector non-calico, right before the Installation is patched',
        undo: 'A person takes the nodeSelector away again.',
      };
}
