import { type Check, count, finding } from '../check.ts';
import { chooseServices } from '../services/chosen.ts';

const code = 'PXS096';

/**
 * kube-proxy answers a load balancer on the health check port of such a Service. Of two on a node one has the port: the stand-by
 * would take it while the other one is away, and when it goes nobody listens until the other one syncs again, which may be an
 * hour later (pkg/proxy/healthcheck/service_health.go; FullSyncPeriod in pkg/proxy/util).
 */
export const healthCheckPorts: Check = {
  code,
  category: 'handover',
  handover: 'make-before-break',
  title: 'No load balancer asks kube-proxy for the health of a Service',
  looksAt: 'Services of type LoadBalancer with externalTrafficPolicy Local',
  run: async (facts) => {
    const { services, objects, named } = await chooseServices(
      facts,
      ({ type, externalTrafficPolicy }) => type === 'LoadBalancer' && externalTrafficPolicy === 'Local',
    );
    const saw = `${count(services.length, 'Service')} of that kind`;
    if (services.length === 0) return { saw, findings: [] };
    const message = `A load balancer asks kube-proxy on each node for the health of ${named()}; a stand-by would take that port away from it: nodes are handed over by restart`;
    const fix = 'Nothing: with such Services nodes are handed over by restart';
    const command = 'kubectl get services -A -o custom-columns=NAME:.metadata.name,PORT:.spec.healthCheckNodePort';
    return { saw, findings: [finding(code, 'warning', message, { objects, fix, command })] };
  },
};
