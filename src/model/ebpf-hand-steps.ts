import type { EbpfHandStep } from './ebpf-steps.ts';

/** What a person does where the operator is too old to do it (before 1.40), and what comes of leaving it out. */
export const ebpfHandSteps: Record<EbpfHandStep, { what: string; risk: string }> = {
  'api-server-address': {
    what: 'tell Calico an address of the API server that is not a Service: kubectl -n tigera-operator create configmap kubernetes-services-endpoint --from-literal=KUBERNETES_SERVICE_HOST=HOST --from-literal=KUBERNETES_SERVICE_PORT=PORT; wait until kubectl -n calico-system rollout status daemonset calico-node is done',
    risk: 'Calico looks for the API server at a Service address that kube-proxy no longer serves',
  },
  'kube-proxy-off': {
    what: `switch kube-proxy off: kubectl -n kube-system patch daemonset kube-proxy --type merge -p '{"spec":{"template":{"spec":{"nodeSelector":{"non-calico":"true"}}}}}'`,
    risk: 'kube-proxy and eBPF mode both write rules for Services, and fight over them',
  },
  'kube-proxy-on': {
    what: `switch kube-proxy on again: kubectl -n kube-system patch daemonset kube-proxy --type merge -p '{"spec":{"template":{"spec":{"nodeSelector":{"non-calico":null}}}}}'`,
    risk: 'nobody serves Services',
  },
};
