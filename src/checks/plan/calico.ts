import { type CalicoFacts, effectiveNftablesMode, targetNftablesMode } from '../../cluster/calico/detect.ts';
import { cleansUpOtherMode, needsPolicyTimeoutNull } from '../../cluster/calico/versions.ts';
import type { ClusterEntry } from '../../cluster/clusters-file.ts';
import type { LinuxNode } from '../../cluster/nodes.ts';
import type { PlainObject } from '../../cluster/objects.ts';
import type { SystemPod } from '../../cluster/system-pods.ts';
import type { LinuxDataplane } from '../../model/mode.ts';
import type { CalicoCanary, CalicoPlan, KubeProxyPlan, PlannedChange } from '../../model/plan.ts';
import { chooseCalicoCanary, ownConfigurations } from './calico-canary.ts';
import { diffOf, yamlLines } from './diff.ts';

/** What the plan of Calico is made of, beside Calico itself. */
export interface CalicoSurroundings {
  kubeProxy: Pick<KubeProxyPlan, 'waves' | 'canary'>;
  nodes: readonly LinuxNode[];
  systemPods: readonly SystemPod[];
  /** Every FelixConfiguration. */
  felixConfigurations: readonly PlainObject[];
}

type Planned = { plan: CalicoPlan; changes: PlannedChange[] };

const undo = 'The saved object is put back, and every Felix is awaited.';

/** What will be done to Calico: one patch of the Installation, or of FelixConfiguration `default`, and one node before all others. */
export function planCalico(entry: ClusterEntry, calico: CalicoFacts, around: CalicoSurroundings): Planned {
  const { plan, changes } = calico.install === 'manifest' ? manifestChange(calico) : installationChange(calico);
  const own = ownConfigurations(around.felixConfigurations, around.nodes);
  const sequence = sequenceOf(plan, around);
  const { canaryNode: named, canarySoakMs } = entry.rollout;
  const canary =
    plan.needed && sequence.order === 'after-kube-proxy'
      ? chooseCalicoCanary({ ...around, proxyCanary: around.kubeProxy.canary?.node, named, own })
      : undefined;
  return {
    plan: {
      ...plan,
      version: calico.version,
      namespace: calico.namespace,
      ...sequence,
      ...(canary ? { canary } : {}),
      canarySoakMs: canary ? canarySoakMs : 0,
      pinnedNodes: [...own.pinned],
      leavesRules: plan.needed && plan.nftablesMode.from !== plan.nftablesMode.to && !cleansUpOtherMode(calico.version),
      timeoutMs: entry.calico.timeoutMs,
    },
    changes: [...(canary ? [canaryChange(canary, plan.nftablesMode.to)] : []), ...changes],
  };
}

/** The field that changes; the rest of a plan is the same for both kinds of install. */
interface Change {
  plan: Pick<CalicoPlan, 'needed' | 'install' | 'dataplane' | 'clearPolicySetupTimeout' | 'nftablesMode'>;
  changes: PlannedChange[];
}

function manifestChange(calico: CalicoFacts): Change {
  const nftablesMode = { from: effectiveNftablesMode(calico), to: targetNftablesMode(calico) };
  const needed = nftablesMode.from !== nftablesMode.to;
  const before = yamlLines({ nftablesMode: calico.nftablesMode });
  const diff = diffOf('spec', before, yamlLines({ nftablesMode: nftablesMode.to }));
  return {
    plan: { needed, install: 'manifest', clearPolicySetupTimeout: false, nftablesMode },
    changes: needed ? [{ object: 'FelixConfiguration default', diff, undo }] : [],
  };
}

function installationChange(calico: CalicoFacts): Change {
  const network = calico.installation?.spec?.calicoNetwork;
  const dataplane: LinuxDataplane = network?.linuxDataplane ?? 'Iptables';
  const timeout = network?.linuxPolicySetupTimeoutSeconds;
  const needed = dataplane !== 'Nftables';
  const clearPolicySetupTimeout = needsPolicyTimeoutNull(calico.version) && timeout !== undefined && timeout !== null;
  const diff = diffOf(
    'spec.calicoNetwork',
    yamlLines({ linuxDataplane: network?.linuxDataplane, linuxPolicySetupTimeoutSeconds: timeout }),
    yamlLines({
      linuxDataplane: 'Nftables',
      linuxPolicySetupTimeoutSeconds: clearPolicySetupTimeout ? undefined : timeout,
    }),
  );
  return {
    plan: {
      needed,
      install: 'operator',
      dataplane: { from: dataplane, to: 'Nftables' },
      clearPolicySetupTimeout,
      nftablesMode: { from: effectiveNftablesMode(calico), to: targetNftablesMode(calico) },
    },
    changes: needed ? [{ object: 'Installation default', diff, undo }] : [],
  };
}

/**
 * With `Auto` (from 3.32) Felix takes the dataplane of its node's kube-proxy (projectcalico/calico#11629): written first, it
 * changes nothing while all nodes are in ipvs, and each node's restart of kube-proxy then switches both, kube-proxy's canary
 * first. Where some nodes are in nftables already they would all switch at once with the patch: there it comes last, with a
 * canary of its own, as with `Enabled`.
 */
function sequenceOf(
  { needed, nftablesMode }: Change['plan'],
  { kubeProxy, nodes }: CalicoSurroundings,
): Pick<CalicoPlan, 'order' | 'followsKubeProxy'> {
  const toRestart = kubeProxy.waves.flat().length;
  const follows = nftablesMode.to === 'Auto' && toRestart > 0 && (!needed || toRestart === nodes.length);
  return { order: follows ? 'before-kube-proxy' : 'after-kube-proxy', followsKubeProxy: follows };
}

function canaryChange({ node, existing }: CalicoCanary, mode: string): PlannedChange {
  const spec = diffOf('spec', '', yamlLines({ nftablesMode: mode }));
  return {
    object: `FelixConfiguration node.${node}`,
    diff: spec,
    undo: existing
      ? 'The field is taken out again once all others have followed, as it is on the way back.'
      : 'The object is made for the canary alone, and deleted once all others have followed, as it is on the way back.',
  };
}
