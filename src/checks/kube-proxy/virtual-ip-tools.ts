import type { DaemonSet } from '../../cluster/daemon-sets.ts';
import { wordsOf } from '../../cluster/kube-proxy/container.ts';
import type { SystemPod } from '../../cluster/system-pods.ts';

/** Something that announces addresses of Services or of the control plane from the nodes. */
export interface VirtualIPTool {
  tool: 'MetalLB' | 'kube-vip' | 'keepalived';
  /** `DaemonSet metallb-system/speaker`. */
  object: string;
  /** Whether it makes virtual servers in the node's IPVS; keepalived has that in a file that is not read. */
  usesIPVS: boolean | 'perhaps';
}

type Container = SystemPod['containers'][number];

/** Tools among the DaemonSets of all namespaces and the pods of kube-system that no DaemonSet made (static ones mostly). */
export function findVirtualIPTools(daemonSets: readonly DaemonSet[], pods: readonly SystemPod[]): VirtualIPTool[] {
  const found = [
    ...daemonSets.flatMap(({ metadata, spec }) =>
      spec.template.spec.containers.flatMap((container) =>
        toolIn(container, `DaemonSet ${metadata.namespace}/${metadata.name}`),
      ),
    ),
    ...pods
      .filter(({ owner }) => owner?.kind !== 'DaemonSet')
      .flatMap((pod) => pod.containers.flatMap((container) => toolIn(container, lastingObject(pod)))),
  ];
  return found.sort((a, b) => (a.object < b.object ? -1 : 1));
}

/** What keeps its name: a pod of a ReplicaSet gets another one whenever it is replaced, and a plan would change with it. */
function lastingObject({ name, owner }: SystemPod): string {
  return owner === undefined || owner.kind === 'Node'
    ? `Pod kube-system/${name}`
    : `${owner.kind} kube-system/${owner.name}`;
}

function toolIn(container: Container, object: string): VirtualIPTool[] {
  const { name, image } = container;
  if (/metallb.*speaker/.test(image)) return [{ tool: 'MetalLB', object, usesIPVS: false }];
  if (/(?:^|\/)kube-vip(?:-iptables)?(?:[:@]|$)/.test(image) || name === 'kube-vip') {
    return [{ tool: 'kube-vip', object, usesIPVS: balancesWithIPVS(container) }];
  }
  if (/keepalived/.test(`${name} ${image}`)) return [{ tool: 'keepalived', object, usesIPVS: 'perhaps' }];
  return [];
}

/**
 * kube-vip balances the control plane by virtual servers of IPVS where it is told to: environment `lb_enable`, read as Go
 * reads a boolean, or flag `--enableLoadBalancer` (kube-vip, pkg/kubevip/config_environment.go and cmd/kube-vip.go).
 */
function balancesWithIPVS({ env, command, args }: Container): boolean {
  const yes = /^(?:1|t|T|TRUE|true|True)$/;
  if (env.some(({ name, value = '' }) => name === 'lb_enable' && yes.test(value))) return true;
  return wordsOf({ command, args }).some((word) => {
    const [flag, value = 'true'] = word.split('=');
    return flag === '--enableLoadBalancer' && yes.test(value);
  });
}
