import { PROBE_SEGMENT_ATTEMPTS, type ProbePathName, type ProbePlan } from '../../model/probe-plan.ts';
import { probeLabels } from './labels.ts';

/** The container that asks, and whose log tells what it saw. */
export const WATCH_CONTAINER = 'probe';
/** Of the Service: what is asked on is told by it from a node port, which is never below 1,024. */
export const SERVICE_PORT = 80;
const BACKEND_PORT = 8080;
/** So that a node that goes away is no loss on all others. */
const BACKENDS = 3;
/** Set by the kubelet, which puts it into the arguments. */
const NODE_IP = '$(NODE_IP)';

/** The Service that is asked on: TCP and UDP on one port, which what answers behind it serves both. */
export function probeServiceBody({ paths }: ProbePlan, runId: string): Record<string, unknown> {
  const port = (protocol: string) => ({
    name: protocol.toLowerCase(),
    protocol,
    port: SERVICE_PORT,
    targetPort: BACKEND_PORT,
  });
  return {
    metadata: { labels: probeLabels(runId) },
    spec: {
      type: paths.includes('node-port') ? 'NodePort' : 'ClusterIP',
      selector: probeLabels(runId, 'backend'),
      ports: [port('TCP'), port('UDP')],
    },
  };
}

/** What answers, on several nodes. */
export function probeBackendBody({ image }: ProbePlan, runId: string): Record<string, unknown> {
  const labels = probeLabels(runId, 'backend');
  return {
    metadata: { labels },
    spec: {
      replicas: BACKENDS,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          ...restricted,
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: { matchLabels: labels },
            },
          ],
          containers: [
            {
              ...restrictedContainer,
              name: 'backend',
              image,
              // Its own address, of the family that the cluster's pods have first.
              args: ['probe', 'serve', '--host', '$(POD_IP)', '--port', `${BACKEND_PORT}`],
              env: [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
              ports: [
                { name: 'tcp', protocol: 'TCP', containerPort: BACKEND_PORT },
                { name: 'udp', protocol: 'UDP', containerPort: BACKEND_PORT },
              ],
              readinessProbe: { tcpSocket: { port: BACKEND_PORT }, periodSeconds: 2 },
            },
          ],
        },
      },
    },
  };
}

/** Where the Service is, once the API server has given it its addresses. */
export interface ProbeAddresses {
  clusterIP: string;
  nodePort: number | undefined;
}

/** What asks, on every Linux node, whatever taints it has. */
export function probeWatchBody(probe: ProbePlan, runId: string, addresses: ProbeAddresses): Record<string, unknown> {
  const labels = probeLabels(runId, 'watch');
  return {
    metadata: { labels },
    spec: {
      selector: { matchLabels: labels },
      // It is never rolled out again: whoever edits it deletes its pods.
      updateStrategy: { type: 'OnDelete' },
      template: { metadata: { labels }, spec: probeWatchPod(probe, addresses) },
    },
  };
}

/** A pod that asks. No CPU limit: a container that is throttled looks like one whose packets are lost. */
export function probeWatchPod(probe: ProbePlan, addresses: ProbeAddresses): Record<string, unknown> {
  const { image, everyMs, timeoutMs, paths } = probe;
  return {
    ...restricted,
    tolerations: [{ operator: 'Exists' }],
    containers: [
      {
        ...restrictedContainer,
        name: WATCH_CONTAINER,
        image,
        args: [
          ...['probe', 'watch', '-o', 'jsonl'],
          ...['--segment', `${PROBE_SEGMENT_ATTEMPTS * everyMs}ms`],
          ...['--every', `${everyMs}ms`, '--timeout', `${timeoutMs}ms`],
          ...paths.map((path) => pathOf(path, probe, addresses)),
        ],
        env: [{ name: 'NODE_IP', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } }],
      },
    ],
  };
}

function pathOf(path: ProbePathName, { dnsServer }: ProbePlan, { clusterIP, nodePort }: ProbeAddresses): string {
  const service = `${hostOf(clusterIP)}:${SERVICE_PORT}`;
  switch (path) {
    case 'cluster-ip':
      return `tcp://${service}`;
    case 'held':
      return `held://${service}`;
    case 'udp':
      return `udp://${service}`;
    case 'node-port':
      return `tcp://${clusterIP.includes(':') ? `[${NODE_IP}]` : NODE_IP}:${nodePort}`;
    case 'dns':
      return `dns://${hostOf(dnsServer ?? '')}/${DNS_NAME}`;
  }
}

/** Answered by the cluster's DNS itself. Where its domain is another one it says that there is no such name, which is an answer too. */
const DNS_NAME = 'kubernetes.default.svc.cluster.local';

function hostOf(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

const LINUX = { 'kubernetes.io/os': 'linux' };

/** As Pod Security `restricted` demands: https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted */
const restricted = {
  nodeSelector: LINUX,
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  terminationGracePeriodSeconds: 5,
  securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
};

const restrictedContainer = {
  resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '192Mi' } },
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  },
};
