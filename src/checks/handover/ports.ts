import { z } from 'zod';
import type { DaemonSet } from '../../cluster/daemon-sets.ts';
import { portOf } from '../../cluster/kube-proxy/metrics-port.ts';
import { standbyPorts } from '../../cluster/standby/config.ts';
import { type Check, few, finding } from '../check.ts';

const code = 'PXS092';
const ports: readonly number[] = Object.values(standbyPorts)
  .flatMap(({ metrics, healthz }) => [metrics, healthz])
  .sort();

const containerPortsSchema = z.looseObject({
  ports: z.array(z.looseObject({ containerPort: z.number(), hostPort: z.number().optional() })).default([]),
});

/** Whatever listens on a node says so in its pod, or is not known to Kubernetes at all. */
export const freePorts: Check = {
  code,
  category: 'handover',
  handover: 'make-before-break',
  title: `Nothing that runs on every node takes the ports of a stand-by (${ports.join(', ')})`,
  looksAt: 'ports of DaemonSets that are in the network of their nodes, and the addresses in config.conf',
  run: async (facts) => {
    const [daemonSets, { summary }] = await Promise.all([facts.daemonSets(), facts.proxyConfig()]);
    const own = [summary.metricsBindAddress, summary.healthzBindAddress]
      .flatMap((address) => portOf(address) ?? [])
      .filter((port) => ports.includes(port))
      .map((port) => ({ port, by: 'ConfigMap kube-system/kube-proxy' }));
    const others = daemonSets.flatMap((daemonSet) =>
      hostPorts(daemonSet).flatMap((port) =>
        ports.includes(port)
          ? [{ port, by: `DaemonSet ${daemonSet.metadata.namespace}/${daemonSet.metadata.name}` }]
          : [],
      ),
    );
    const taken = [...own, ...others];
    if (taken.length === 0)
      return { saw: `${daemonSets.length} DaemonSets, none of them on these ports`, findings: [] };
    const message = `Taken: ${few(taken.map(({ port, by }) => `${port} (${by})`))}: nodes are handed over by restart`;
    const fix = 'Give what listens there another port for the time of the run';
    const command = 'kubectl get daemonsets -A';
    return {
      saw: 'taken',
      findings: [finding(code, 'warning', message, { objects: taken.map(({ by }) => by), fix, command })],
    };
  },
};

/** Ports of the node that a DaemonSet's pods take. */
function hostPorts({ spec }: DaemonSet): number[] {
  const { containers, hostNetwork } = spec.template.spec;
  return containers
    .flatMap((container) => containerPortsSchema.parse(container).ports)
    .flatMap(({ containerPort, hostPort }) => (hostNetwork ? [hostPort ?? containerPort] : (hostPort ?? [])));
}
