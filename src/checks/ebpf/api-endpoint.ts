import { describeRef } from '../../cluster/objects.ts';
import { onCalico } from '../calico/on-calico.ts';
import { type Check, finding } from '../check.ts';
import { bpfSetup } from './bpf-setup.ts';

const code = 'PXS083';

/**
 * Without kube-proxy Calico needs the API server's own address. It is in this ConfigMap or found by bpfNetworkBootstrap; the
 * operator takes both at once for an error (`BPFBootstrapRequirements` in pkg/controller/utils/bpf.go of 1.40 and newer).
 */
export const apiEndpoint: Check = {
  code,
  category: 'ebpf',
  target: 'ebpf',
  title: 'Calico will know the address of the API server in one way',
  looksAt: 'ConfigMap kubernetes-services-endpoint, and bpfNetworkBootstrap of the Installation',
  run: onCalico(async (calico, facts) => {
    const { automatic, endpoint } = await bpfSetup(facts, calico);
    const there = (await facts.object(endpoint)) !== undefined;
    const bootstrap = calico.installation?.spec.calicoNetwork?.bpfNetworkBootstrap === 'Enabled';
    const name = describeRef(endpoint);
    const saw = `${name} ${there ? 'exists' : 'does not exist'}; bpfNetworkBootstrap is ${bootstrap ? '' : 'not '}Enabled`;
    const kubectl = `kubectl -n ${endpoint.namespace}`;
    if (automatic && there) {
      const message = bootstrap
        ? `${name} exists and bpfNetworkBootstrap is Enabled: the operator does nothing until one of them is gone`
        : `${name} exists: the operator refuses bpfNetworkBootstrap beside it`;
      const more = {
        objects: [name, 'Installation default'],
        fix: 'Delete the ConfigMap: the run switches with bpfNetworkBootstrap, by which the operator finds the address itself',
        command: `${kubectl} delete configmap ${endpoint.name}`,
      };
      return { saw, findings: [finding(code, 'blocker', message, more)] };
    }
    if (automatic || there) return { saw, findings: [] };
    const message = `${name} does not exist: without it Calico would look for the API server at a Service address that kube-proxy no longer serves; the run asks for it before it switches`;
    const more = {
      objects: [name],
      fix: 'Create it with a stable address of the API server that is not a Service',
      command: `${kubectl} create configmap ${endpoint.name} --from-literal=KUBERNETES_SERVICE_HOST=HOST --from-literal=KUBERNETES_SERVICE_PORT=PORT`,
    };
    return { saw, findings: [finding(code, 'warning', message, more)] };
  }),
};
