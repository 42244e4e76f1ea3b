import { Failure } from '../../model/failure.ts';
import type { Container, DaemonSet } from '../daemon-sets.ts';
import { PROXY_CONTAINER } from '../kube-proxy/pods.ts';
import { describeRef } from '../objects.ts';
import { kubeProxyDaemonSet } from '../refs.ts';
import { CONNECTIONS_CONTAINER, connectionsScript } from './connections.ts';
import { STANDBY_APP, type StandbyMode, type StandbyPurpose } from './names.ts';
import { STANDBY_FILES, standbyTools } from './tools.ts';

/** Annotations that the pod mounts as its files: it needs no object beside itself. */
const CONFIG = 'proxyshift.dev/config.conf';
const NFT = 'proxyshift.dev/nft';
const VOLUME = 'kube-proxy-standby';

export interface StandbyPodOptions {
  daemonSet: DaemonSet;
  node: string;
  purpose: StandbyPurpose;
  mode: StandbyMode;
  /** As `standbyConfig` makes it. */
  config: string;
}

/**
 * A second kube-proxy beside the one of a node, made of the template of its DaemonSet: same image, account, host network,
 * mounts and resources. It differs in its configuration, in the programs that it finds ({@link standbyTools}), and
 * in what would take it for the other one: labels, probes, ports. A bare pod bound to its node, since a label on the node or
 * a DaemonSet of its own would say less of which node is handed over.
 *
 * What serves has no priority: on a full node a kubelet evicts other pods for a critical one (pkg/kubelet/preemption/preemption.go),
 * and refuses any other. What cleans keeps kube-proxy's, and asks for nothing but its place: rules that nobody keeps in step do
 * more harm than a pod that has to move. A mark that is refused is one all the same.
 *
 * @throws Failure `Invalid` where the template has no container kube-proxy with `--config`
 */
export function standbyPod({ daemonSet, node, purpose, mode, config }: StandbyPodOptions): Record<string, unknown> {
  const { spec } = daemonSet.spec.template;
  const container = spec.containers.find(({ name }) => name === PROXY_CONTAINER);
  const object = describeRef(kubeProxyDaemonSet);
  if (container === undefined)
    throw new Failure('Invalid', `${object} has no container ${PROXY_CONTAINER}`, { object });
  const {
    initContainers,
    nodeSelector,
    affinity,
    topologySpreadConstraints,
    schedulerName,
    priorityClassName,
    priority,
    preemptionPolicy,
    volumes,
    ...kept
  } = spec as typeof spec & Record<string, unknown>;
  const urgency = { priorityClassName, priority, preemptionPolicy };
  return {
    metadata: {
      labels: {
        'k8s-app': STANDBY_APP,
        'app.kubernetes.io/managed-by': 'proxyshift',
        'proxyshift.dev/purpose': purpose,
        'proxyshift.dev/mode': mode,
      },
      annotations: { [CONFIG]: config, [NFT]: standbyTools[mode].nft },
    },
    spec: {
      ...kept,
      ...(purpose === 'clean' ? urgency : {}),
      nodeName: node,
      restartPolicy: purpose === 'serve' ? 'Always' : 'OnFailure',
      tolerations: [{ operator: 'Exists' }],
      containers: [
        proxyContainer(container, purpose, mode, object),
        ...(purpose === 'serve' ? [connectionsContainer(container)] : []),
      ],
      volumes: [...(Array.isArray(volumes) ? volumes : []), filesVolume()],
    },
  };
}

/** Kept of the container: all but what would be asked of, or taken for, the other kube-proxy. */
function proxyContainer(
  container: Container & Record<string, unknown>,
  purpose: StandbyPurpose,
  mode: StandbyMode,
  object: string,
): Record<string, unknown> {
  const { livenessProbe, readinessProbe, startupProbe, lifecycle, ports, volumeMounts, resources, ...kept } = container;
  const flags = [`--config=${STANDBY_FILES}/config.conf`, ...(purpose === 'serve' ? [] : ['--cleanup'])];
  const command = withConfig(container.command, flags);
  const args = withConfig(container.args, flags);
  if (command.replaced + args.replaced !== 1)
    throw new Failure('Invalid', `${object} does not name its configuration with --config, once`, { object });
  return {
    ...kept,
    ...(purpose === 'clean' || resources === undefined ? {} : { resources }),
    command: command.words,
    args: args.words,
    env: [...container.env.filter(({ name }) => name !== 'PATH'), { name: 'PATH', value: standbyTools[mode].path }],
    volumeMounts: [
      ...(Array.isArray(volumeMounts) ? volumeMounts : []),
      { name: VOLUME, mountPath: STANDBY_FILES, readOnly: true },
    ],
  };
}

/** `--config=FILE`, `--config FILE` in two words, or within a line for a shell. */
function withConfig(words: readonly string[], flags: readonly string[]): { words: string[]; replaced: number } {
  const result: string[] = [];
  let replaced = 0;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--config' || /^--config=\S+$/.test(word)) {
      result.push(...flags);
      replaced += 1;
      if (word === '--config') at += 1;
    } else if (/\s/.test(word) && /--config[= ]\S+/.test(word)) {
      result.push(word.replace(/--config[= ]\S+/, flags.join(' ')));
      replaced += 1;
    } else result.push(word);
  }
  return { words: result, replaced };
}

/** Nobody's user, without a capability and without a file to write. */
function connectionsContainer({ image, ...container }: Container & Record<string, unknown>): Record<string, unknown> {
  return {
    name: CONNECTIONS_CONTAINER,
    image,
    ...(container.imagePullPolicy ? { imagePullPolicy: container.imagePullPolicy } : {}),
    command: ['/bin/sh', '-c', connectionsScript],
    resources: { requests: { cpu: '5m', memory: '8Mi' }, limits: { memory: '64Mi' } },
    securityContext: {
      runAsUser: 65534,
      runAsGroup: 65534,
      runAsNonRoot: true,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  };
}

function filesVolume(): Record<string, unknown> {
  const annotation = (name: string) => ({ fieldRef: { fieldPath: `metadata.annotations['${name}']` } });
  return {
    name: VOLUME,
    downwardAPI: {
      items: [
        { path: 'config.conf', mode: 0o444, ...annotation(CONFIG) },
        { path: 'bin/nft', mode: 0o555, ...annotation(NFT) },
      ],
    },
  };
}
