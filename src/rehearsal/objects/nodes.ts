import type { NewObject } from '../kube-api.ts';

/** Version of the kubelets and of the control plane. */
export const kubernetesVersion = 'v1.35.4';

/** Kernel of a node on which nothing is wrong: Ubuntu 24.04's. */
export const healthyKernel = '6.8.0-45-generic';

/** What distinguishes one simulated node from another. */
export interface NodeSpec {
  /** Place in the cluster from 0; 0 is the control-plane node. Decides address, pod network and zone. */
  index: number;
  name: string;
  kernel: string;
  controlPlane: boolean;
}

/** The names of `count` nodes: one control-plane node, the others workers, numbered with as many digits as needed. */
export function planNodes(count: number, oldKernel?: string): NodeSpec[] {
  const digits = Math.max(2, String(count).length);
  return Array.from({ length: count }, (_, index) => ({
    index,
    name: index === 0 ? 'cp-1' : `node-${String(index).padStart(digits, '0')}`,
    kernel: oldKernel && index === count - 1 ? oldKernel : healthyKernel,
    controlPlane: index === 0,
  }));
}

/** The node's InternalIP. The API server reaches it through the simulated network, so it is nobody's real address. */
export function nodeAddress(index: number): string {
  const host = index + 10;
  return `172.18.${Math.floor(host / 250)}.${(host % 250) + 1}`;
}

/** The node's pod network, a /24 within 10.128.0.0/9. */
export function podCidr(index: number): string {
  return `10.${128 + Math.floor(index / 256)}.${index % 256}.0/24`;
}

/** A Node as its kubelet registers and reports it, Ready from the start. */
export function nodeObject(node: NodeSpec, now: Date): NewObject {
  const time = now.toISOString();
  const resources = { cpu: '8', memory: '32870164Ki', pods: '110', 'ephemeral-storage': '101430960Ki' };
  const id = `00000000-0000-4000-8000-${String(node.index).padStart(12, '0')}`;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: node.name,
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': node.name,
        'kubernetes.io/os': 'linux',
        'topology.kubernetes.io/region': 'region-1',
        'topology.kubernetes.io/zone': `zone-${'abc'[node.index % 3]}`,
        ...(node.controlPlane
          ? {
              'node-role.kubernetes.io/control-plane': '',
              'node.kubernetes.io/exclude-from-external-load-balancers': '',
            }
          : {}),
      },
      annotations: {
        'node.alpha.kubernetes.io/ttl': '0',
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
      },
    },
    spec: {
      podCIDR: podCidr(node.index),
      podCIDRs: [podCidr(node.index)],
      ...(node.controlPlane
        ? { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] }
        : {}),
    },
    status: {
      addresses: [
        { type: 'InternalIP', address: nodeAddress(node.index) },
        { type: 'Hostname', address: node.name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      capacity: resources,
      allocatable: resources,
      conditions: [
        condition('NetworkUnavailable', 'False', 'CalicoIsUp', 'Calico is running on this node', time),
        condition(
          'MemoryPressure',
          'False',
          'KubeletHasSufficientMemory',
          'kubelet has sufficient memory available',
          time,
        ),
        condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure', time),
        condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available', time),
        condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status', time),
      ],
      nodeInfo: {
        architecture: 'amd64',
        bootID: id,
        containerRuntimeVersion: 'containerd://1.7.28',
        kernelVersion: node.kernel,
        kubeProxyVersion: '',
        kubeletVersion: kubernetesVersion,
        machineID: id.replaceAll('-', ''),
        operatingSystem: 'linux',
        osImage: node.kernel.startsWith('5.4.') ? 'Ubuntu 20.04.6 LTS' : 'Ubuntu 24.04.3 LTS',
        systemUUID: id,
      },
    },
  };
}

function condition(type: string, status: string, reason: string, message: string, time: string) {
  return { type, status, reason, message, lastHeartbeatTime: time, lastTransitionTime: time };
}
