import type { NewObject } from '../kube-api.ts';

/** CoreDNS with its Service as kubeadm makes them, and a small shop whose Services use what a switch could change. */
export function workloadObjects(): NewObject[] {
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'coredns', namespace: 'kube-system' } },
    deployment({
      namespace: 'kube-system',
      name: 'coredns',
      labels: { 'k8s-app': 'kube-dns' },
      replicas: 2,
      image: 'registry.k8s.io/coredns/coredns:v1.13.1',
      port: 53,
      pod: {
        priorityClassName: 'system-cluster-critical',
        serviceAccountName: 'coredns',
        tolerations: [
          { key: 'CriticalAddonsOnly', operator: 'Exists' },
          { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' },
        ],
      },
    }),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'kube-dns',
        namespace: 'kube-system',
        labels: { 'k8s-app': 'kube-dns', 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' },
      },
      spec: {
        clusterIP: '10.96.0.10',
        selector: { 'k8s-app': 'kube-dns' },
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
          { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
          { name: 'metrics', port: 9153, protocol: 'TCP', targetPort: 9153 },
        ],
      },
    },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'shop' } },
    ...app('web', 3, { type: 'NodePort', nodePort: 30080 }),
    ...app('cart', 2, { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } } }),
    ...app('catalog', 2, {}),
    ...app('payments', 1, {}),
  ];
}

function app(name: string, replicas: number, options: { nodePort?: number; [field: string]: unknown }): NewObject[] {
  const { nodePort, ...spec } = options;
  const labels = { app: name };
  return [
    deployment({
      namespace: 'shop',
      name,
      labels,
      replicas,
      image: `registry.k8s.io/e2e-test-images/agnhost:2.56`,
      port: 8080,
    }),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'shop', labels },
      spec: {
        ...spec,
        selector: labels,
        ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080, ...(nodePort ? { nodePort } : {}) }],
      },
    },
  ];
}

/** What a Deployment of the rehearsal needs to say. */
export interface DeploymentOptions {
  namespace: string;
  name: string;
  labels: Record<string, string>;
  replicas: number;
  image: string;
  port: number;
  /** Further fields of the pod's spec. */
  pod?: Record<string, unknown>;
  /** Further fields of the Deployment's metadata. */
  metadata?: Record<string, unknown>;
}

/** A Deployment with one container that bears the Deployment's name. */
export function deployment(options: DeploymentOptions): NewObject {
  const { namespace, name, labels } = options;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...options.metadata, name, namespace, labels },
    spec: {
      replicas: options.replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          ...options.pod,
          containers: [
            {
              name,
              image: options.image,
              imagePullPolicy: 'IfNotPresent',
              ports: [{ containerPort: options.port, protocol: 'TCP' }],
            },
          ],
        },
      },
    },
  };
}
