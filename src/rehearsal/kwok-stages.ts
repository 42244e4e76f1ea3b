import { TAKEN } from './actors/full-node.ts';
import type { RehearsalTiming } from './timing.ts';

const podStarts = (timing: RehearsalTiming, name: string, where: object[]) =>
  stage(name, 'Pod', {
    selector: {
      matchExpressions: [
        { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' },
        { key: '.status.phase', operator: 'In', values: ['Pending'] },
        ...where,
      ],
    },
    delay: {
      durationMilliseconds: timing.podStartMs,
      jitterDurationMilliseconds: timing.podStartMs + timing.podStartJitterMs,
    },
    next: { statusTemplate: podRunning },
  });

/**
 * How kwok plays kubelet here. Its own default stages would overwrite the kubelet port and address of a node with
 * kwok's (kustomize/stage/node/heartbeat-with-lease), and start pods without a delay.
 *
 * A crash is not kwok's: the stages look at pods in phase Pending only, so what an actor reports afterwards stays.
 *
 * @param fullNode one whose kubelet takes no pod without having counted: there kwok starts what was taken
 */
export function kwokStages(timing: RehearsalTiming, fullNode?: string): object[] {
  const ofFullNode = { key: '.spec.nodeName', values: [fullNode] };
  return [
    stage('node-heartbeat', 'Node', {
      selector: { matchExpressions: [{ key: '.metadata.name', operator: 'Exists' }] },
      delay: { durationMilliseconds: 600_000, jitterDurationMilliseconds: 660_000 },
      next: { statusTemplate: heartbeat },
    }),
    ...(fullNode === undefined
      ? [podStarts(timing, 'pod-start', [])]
      : [
          podStarts(timing, 'pod-start', [{ ...ofFullNode, operator: 'NotIn' }]),
          podStarts(timing, 'pod-start-taken', [
            { ...ofFullNode, operator: 'In' },
            { key: `.metadata.annotations["${TAKEN}"]`, operator: 'Exists' },
          ]),
        ]),
    stage('pod-delete', 'Pod', {
      selector: { matchExpressions: [{ key: '.metadata.deletionTimestamp', operator: 'Exists' }] },
      next: { delete: true },
    }),
  ];
}

function stage(name: string, kind: 'Node' | 'Pod', spec: object): object {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: { resourceRef: { apiGroup: 'v1', kind }, ...spec },
  };
}

/** Only the times move; addresses, ports and what the node says about itself stay as they were registered. */
const heartbeat = `
{{ $now := Now }}
conditions:
{{ range .status.conditions }}
- type: {{ .type | Quote }}
  status: {{ .status | Quote }}
  reason: {{ .reason | Quote }}
  message: {{ .message | Quote }}
  lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ .lastTransitionTime | Quote }}
{{ end }}
`;

/** A pod without probes is Ready as soon as its containers run: so is kube-proxy, long before its first sync. */
const podRunning = `
{{ $now := Now }}
conditions:
{{ range .status.conditions }}
{{ if eq .type "PodScheduled" }}
- type: PodScheduled
  status: {{ .status | Quote }}
  lastTransitionTime: {{ .lastTransitionTime | Quote }}
{{ end }}
{{ end }}
- { type: PodReadyToStartContainers, status: "True", lastTransitionTime: {{ $now | Quote }} }
- { type: Initialized, status: "True", lastTransitionTime: {{ $now | Quote }} }
- { type: ContainersReady, status: "True", lastTransitionTime: {{ $now | Quote }} }
- { type: Ready, status: "True", lastTransitionTime: {{ $now | Quote }} }
containerStatuses:
{{ $uid := .metadata.uid }}
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: {{ .image | Quote }}
  containerID: {{ printf "containerd://%s-0" $uid | Quote }}
  ready: true
  started: true
  restartCount: 0
  state:
    running:
      startedAt: {{ $now | Quote }}
{{ end }}
{{ with NodeIPsWith .spec.nodeName }}
hostIP: {{ index . 0 | Quote }}
hostIPs:
{{ range . }}
- ip: {{ . | Quote }}
{{ end }}
{{ end }}
{{ with PodIPsWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) }}
podIP: {{ index . 0 | Quote }}
podIPs:
{{ range . }}
- ip: {{ . | Quote }}
{{ end }}
{{ end }}
phase: Running
startTime: {{ $now | Quote }}
`;
