import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { type LinuxDataplane, linuxDataplaneSchema } from '../../model/mode.ts';
import { anyObjectSchema, type KubeApi, KubeApiError } from '../kube-api.ts';
import type { CalicoRelease } from '../objects/calico-version.ts';
import type { Scenario } from '../scenarios.ts';
import type { RehearsalTiming } from '../timing.ts';

export interface TigeraOperatorOptions {
  api: KubeApi;
  release: CalicoRelease;
  scenario: Scenario;
  timing: RehearsalTiming;
  /** Called with what must not go unseen. */
  onError: (error: unknown) => void;
}

const installationSchema = anyObjectSchema.extend({
  spec: z.looseObject({
    variant: z.string().optional(),
    cni: z.looseObject({}).optional(),
    calicoNetwork: z
      .looseObject({
        linuxDataplane: linuxDataplaneSchema.optional(),
        linuxPolicySetupTimeoutSeconds: z.number().optional(),
        bpfNetworkBootstrap: z.string().optional(),
        kubeProxyManagement: z.string().optional(),
      })
      .optional(),
  }),
});
type Installation = z.infer<typeof installationSchema>;

const felixConfigurationSchema = anyObjectSchema.extend({
  spec: z.looseObject({ nftablesMode: z.string().optional(), bpfEnabled: z.boolean().optional() }).optional(),
});

const conditionSchema = z.looseObject({ type: z.string(), status: z.string(), lastTransitionTime: z.string() });
type Condition = z.infer<typeof conditionSchema>;
const tigeraStatusSchema = anyObjectSchema.extend({
  status: z.looseObject({ conditions: z.array(conditionSchema).optional() }).optional(),
});

const installationsPath = '/apis/operator.tigera.io/v1/installations';
const statusesPath = '/apis/operator.tigera.io/v1/tigerastatuses';
const felixConfigurationPath = '/apis/crd.projectcalico.org/v1/felixconfigurations/default';
const calicoNodesPath = '/apis/apps/v1/namespaces/calico-system/daemonsets';
const kubeProxyPath = '/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy';
const servicesEndpointPath = '/api/v1/namespaces/tigera-operator/configmaps/kubernetes-services-endpoint';
const fieldManager = 'operator';
const bpfAnnotation = 'operator.tigera.io/bpfEnabled';
const bpfVolume = 'bpffs';
const proxyOffKey = 'operator.tigera.io/disable-kube-proxy';

const calicoNodeSchema = anyObjectSchema.extend({
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({
        nodeSelector: z.record(z.string(), z.string()).optional(),
        volumes: z.array(z.looseObject({ name: z.string() })).optional(),
      }),
    }),
  }),
  status: z
    .looseObject({
      observedGeneration: z.number().optional(),
      currentNumberScheduled: z.number().optional(),
      updatedNumberScheduled: z.number().optional(),
      numberAvailable: z.number().optional(),
    })
    .optional(),
});
type CalicoNode = z.infer<typeof calicoNodeSchema>;

function hasBpfVolume({ spec }: CalicoNode): boolean {
  return spec.template.spec.volumes?.some(({ name }) => name === bpfVolume) ?? false;
}

function isRolledOut({ metadata, status }: CalicoNode): boolean {
  return (
    status?.observedGeneration === metadata.generation &&
    status?.currentNumberScheduled === status?.updatedNumberScheduled &&
    status?.currentNumberScheduled === status?.numberAvailable
  );
}

/** Why the operator is Degraded; `undefined` where it is not. */
type Degradation = { reason: string; message: string } | undefined;

/**
 * The Tigera operator as far as the Installation `default` goes: it writes defaults back, validates, sets Felix's
 * `nftablesMode`, and reports. Sources: tigera/operator pkg/controller/installation/core_controller.go, validation.go
 * and pkg/controller/status/status.go; what it writes by version is in objects/calico-version.ts.
 *
 * Only the fields of spec.calicoNetwork that choose the dataplane are acted on. Nothing in the pod template differs between
 * Iptables and Nftables, so the DaemonSet is left alone then (measured with operator 1.42.4). With BPF it is rolled out first;
 * bpfEnabled comes after it, and kube-proxy's end after that (measured, too).
 */
export class TigeraOperator extends EventEmitter<{ reconciled: [] }> {
  readonly #options: TigeraOperatorOptions;
  readonly #changes = new EventEmitter<{ installation: [] }>();
  #latest: Installation | undefined;
  #paused = false;
  /** calico-node has changed since the last reconcile. */
  #rolledOn = false;

  constructor(options: TigeraOperatorOptions) {
    super();
    this.#options = options;
  }

  /** While paused it does nothing, as if its process were dead: TigeraStatus then keeps the old observedGeneration. */
  setPaused(paused: boolean): void {
    this.#paused = paused;
    this.#changes.emit('installation');
  }

  async run(signal: AbortSignal): Promise<void> {
    const { api } = this.#options;
    await Promise.all([
      api.follow(
        installationsPath,
        installationSchema,
        {},
        (type, installation) => {
          if (installation.metadata.name !== 'default') return;
          this.#latest = type === 'DELETED' ? undefined : installation;
          this.#changes.emit('installation');
        },
        signal,
      ),
      api.follow(
        calicoNodesPath,
        calicoNodeSchema,
        { fieldSelector: 'metadata.name=calico-node' },
        (_, calicoNode) => {
          // How far its roll-out is decides when eBPF is turned on; nothing else waits for it.
          if (!hasBpfVolume(calicoNode)) return;
          this.#rolledOn = true;
          this.#changes.emit('installation');
        },
        signal,
      ),
      this.#reconcileLoop(signal),
    ]);
  }

  async #reconcileLoop(signal: AbortSignal): Promise<void> {
    let done: Installation | undefined;
    while (!signal.aborted) {
      try {
        const installation = this.#latest;
        if (!installation || (installation === done && !this.#rolledOn) || this.#paused) {
          await once(this.#changes, 'installation', { signal });
          continue;
        }
        await delay(this.#options.timing.operatorMs, undefined, { signal });
        this.#rolledOn = false;
        await this.#reconcile(installation, signal);
        done = installation;
        this.emit('reconciled');
      } catch (error) {
        if (signal.aborted) return;
        // Somebody else has written in the meantime: the watch brings the new version, and a retry comes in any case.
        if (!(error instanceof KubeApiError && (error.code === 409 || error.code === 404)))
          this.#options.onError(error);
        await delay(this.#options.timing.operatorMs + 50, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #reconcile(observed: Installation, signal: AbortSignal): Promise<void> {
    const { api, release, scenario } = this.#options;
    const invalid = validate(observed, release) ?? (await this.#refusedBootstrap(observed, signal));
    if (invalid) {
      const message = `Invalid Installation provided: ${invalid}`;
      await this.#report('calico', observed, { reason: 'InvalidConfigurationError', message }, signal);
      return;
    }
    const installation = await this.#writeDefaults(observed, signal);
    const dataplane = installation.spec.calicoNetwork?.linuxDataplane ?? 'Iptables';
    const rolledOut = await this.#writeCalicoNode(dataplane, signal);
    const bpfEnabled = dataplane === 'BPF' && rolledOut;
    await this.#writeFelixConfiguration(dataplane, bpfEnabled, signal);
    if (release.managesKubeProxy && installation.spec.calicoNetwork?.kubeProxyManagement === 'Enabled')
      await this.#writeKubeProxy(bpfEnabled, signal);
    const degraded: Degradation =
      scenario.operatorDegradedOnNftables && dataplane === 'Nftables'
        ? {
            reason: 'ResourceUpdateError',
            message:
              'Error creating / updating resource: admission webhook "validate.policy.example.com" denied the request: DaemonSet calico-system/calico-node violates policy "no-privileged-containers"',
          }
        : undefined;
    const conditions = await this.#report('calico', installation, degraded, signal, !rolledOut);
    for (const component of ['apiserver', 'ippools']) await this.#report(component, installation, undefined, signal);
    await api.mergePatch(
      `${installationsPath}/default/status`,
      {
        status: {
          variant: 'Calico',
          calicoVersion: release.calico,
          mtu: 1450,
          computed: installation.spec,
          conditions: conditions.map((condition) => ({
            ...condition,
            type: installationConditions[condition.type] ?? condition.type,
          })),
        },
      },
      fieldManager,
      signal,
    );
  }

  /** Every write of the spec moves the Installation's generation once more than its user's patch did. */
  async #writeDefaults(installation: Installation, signal: AbortSignal): Promise<Installation> {
    const spec = withDefaults(installation.spec);
    if (isDeepStrictEqual(spec, installation.spec)) return installation;
    const { resourceVersion } = installation.metadata;
    const body = { metadata: { resourceVersion }, spec };
    return installationSchema.parse(
      await this.#options.api.mergePatch(`${installationsPath}/default`, body, fieldManager, signal),
    );
  }

  async #writeFelixConfiguration(dataplane: LinuxDataplane, bpfEnabled: boolean, signal: AbortSignal): Promise<void> {
    const { api, release } = this.#options;
    const nftablesMode = dataplane === 'VPP' ? 'Disabled' : release.nftablesModeFor[dataplane];
    const existing = await this.#read(felixConfigurationPath, felixConfigurationSchema, signal);
    if (!existing) {
      await api.create(
        {
          apiVersion: 'crd.projectcalico.org/v1',
          kind: 'FelixConfiguration',
          metadata: { name: 'default', annotations: { [bpfAnnotation]: String(bpfEnabled) } },
          spec: {
            bpfConnectTimeLoadBalancing: 'TCP',
            bpfEnabled,
            bpfHostNetworkedNATWithoutCTLB: 'Enabled',
            floatingIPs: 'Disabled',
            healthPort: 9099,
            logSeverityScreen: 'Info',
            nftablesMode,
            reportingInterval: '0s',
            vxlanVNI: 4096,
          },
        },
        fieldManager,
        signal,
      );
    } else if (existing.spec?.nftablesMode !== nftablesMode || existing.spec?.bpfEnabled !== bpfEnabled) {
      // bpf.go, setBPFEnabledOnFelixConfiguration: the annotation says what the operator wrote.
      const metadata = { annotations: { [bpfAnnotation]: String(bpfEnabled) } };
      const body = { metadata, spec: { nftablesMode, bpfEnabled } };
      await api.mergePatch(felixConfigurationPath, body, fieldManager, signal);
    }
  }

  /**
   * With BPF calico-node gets the volume bpffs, and without it loses it: the one change of its template here. Whether it is
   * rolled out, as bpf.go's isRolloutCompleteWithBPFVolumes sees it.
   */
  async #writeCalicoNode(dataplane: LinuxDataplane, signal: AbortSignal): Promise<boolean> {
    const { api } = this.#options;
    const path = `${calicoNodesPath}/calico-node`;
    const calicoNode = await this.#read(path, calicoNodeSchema, signal);
    if (calicoNode === undefined) return true;
    const bpf = dataplane === 'BPF';
    if (hasBpfVolume(calicoNode) === bpf) return !bpf || isRolledOut(calicoNode);
    const spec = bpf
      ? {
          containers: [{ name: 'calico-node', volumeMounts: [{ mountPath: '/sys/fs/bpf', name: bpfVolume }] }],
          volumes: [{ name: bpfVolume, hostPath: { path: '/sys/fs/bpf', type: 'Directory' } }],
        }
      : {
          containers: [
            { name: 'calico-node', volumeMounts: [{ $patch: 'delete', mountPath: '/sys/fs/bpf', name: bpfVolume }] },
          ],
          volumes: [{ $patch: 'delete', name: bpfVolume }],
        };
    await api.call('PATCH', path, {
      contentType: 'application/strategic-merge-patch+json',
      query: { fieldManager },
      body: { spec: { template: { spec } } },
      signal,
    });
    return !bpf;
  }

  /** pkg/controller/kubeproxy/controller.go: off once eBPF is on, and on again once it is not. */
  async #writeKubeProxy(bpfEnabled: boolean, signal: AbortSignal): Promise<void> {
    const { api } = this.#options;
    const kubeProxy = await this.#read(kubeProxyPath, calicoNodeSchema, signal);
    if (kubeProxy === undefined) return;
    const off = kubeProxy.spec.template.spec.nodeSelector?.[proxyOffKey] === 'true';
    if (off === bpfEnabled) return;
    const nodeSelector = { [proxyOffKey]: bpfEnabled ? 'true' : null };
    await api.mergePatch(kubeProxyPath, { spec: { template: { spec: { nodeSelector } } } }, fieldManager, signal);
  }

  /** pkg/controller/utils/bpf.go, BPFBootstrapRequirements; from operator 1.40 on. */
  async #refusedBootstrap({ spec }: Installation, signal: AbortSignal): Promise<string | undefined> {
    const { linuxDataplane, bpfNetworkBootstrap } = spec.calicoNetwork ?? {};
    if (!this.#options.release.managesKubeProxy || bpfNetworkBootstrap !== 'Enabled') return undefined;
    if (linuxDataplane !== 'BPF') return 'bpfNetworkBootstrap is enabled but linuxDataplane is not set to BPF';
    const endpoint = await this.#read(servicesEndpointPath, anyObjectSchema, signal);
    return endpoint && 'kubernetes service endpoint is defined by the kubernetes-service-endpoints ConfigMap.';
  }

  /** Writes a TigeraStatus; a switch of the dataplane does not take Available away (measured with operator 1.42.4). */
  async #report(
    name: string,
    owner: Installation,
    degraded: Degradation,
    signal: AbortSignal,
    progressing = false,
  ): Promise<Condition[]> {
    const { api } = this.#options;
    const path = `${statusesPath}/${name}`;
    const existing = await this.#read(path, tigeraStatusSchema, signal);
    if (!existing) {
      await api.create(
        { apiVersion: 'operator.tigera.io/v1', kind: 'TigeraStatus', metadata: { name }, spec: {} },
        fieldManager,
        signal,
      );
    }
    const before = existing?.status?.conditions ?? [];
    const fine = { reason: 'AllObjectsAvailable', message: 'All objects available' };
    const condition = (type: string, status: boolean, why: { reason: string; message: string }): Condition => {
      const known = before.find((one) => one.type === type);
      const value = status ? 'True' : 'False';
      return {
        type,
        status: value,
        ...why,
        observedGeneration: owner.metadata.generation,
        lastTransitionTime:
          known?.status === value ? known.lastTransitionTime : new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
      };
    };
    const unknown = { reason: 'Unknown', message: '' };
    const rolling = {
      reason: 'ResourceNotReady',
      message: 'DaemonSet "calico-system/calico-node" update is rolling out',
    };
    const conditions = [
      condition('Available', !degraded, degraded ? unknown : fine),
      condition('Progressing', progressing, degraded ? unknown : progressing ? rolling : fine),
      condition('Degraded', degraded !== undefined, degraded ?? fine),
    ];
    await api.mergePatch(`${path}/status`, { status: { conditions } }, fieldManager, signal);
    return conditions;
  }

  async #read<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T | undefined> {
    try {
      return schema.parse(await this.#options.api.call('GET', path, { signal }));
    } catch (error) {
      if (error instanceof KubeApiError && error.code === 404) return undefined;
      throw error;
    }
  }
}

/** The conditions of an Installation bear other names than those of a TigeraStatus (status.UpdateStatusCondition). */
const installationConditions: Record<string, string> = { Available: 'Ready' };

/** validation.go; before operator 1.39 a set time-out is refused with Nftables: projectcalico/calico#10348. */
function validate(installation: Installation, release: CalicoRelease): string | undefined {
  const { linuxDataplane = 'Iptables', linuxPolicySetupTimeoutSeconds } = installation.spec.calicoNetwork ?? {};
  if (linuxPolicySetupTimeoutSeconds === undefined || release.policySetupTimeoutWith.includes(linuxDataplane))
    return undefined;
  const allowed = release.policySetupTimeoutWith.length > 2 ? 'Iptables, Nftables and BPF' : 'Iptables and BPF';
  return `spec.calicoNetwork.linuxPolicySetupTimeoutSeconds is supported only for the ${allowed} Linux dataplanes`;
}

/** core_controller.go, fillDefaults and MergeAndFillDefaults, for a kubeadm cluster. */
function withDefaults(spec: Installation['spec']): Installation['spec'] {
  const { linuxDataplane = 'Iptables' } = spec.calicoNetwork ?? {};
  return {
    controlPlaneReplicas: 2,
    flexVolumePath: '/usr/libexec/kubernetes/kubelet-plugins/volume/exec/',
    kubeletVolumePluginPath: '/var/lib/kubelet',
    logging: { cni: { logFileMaxAgeDays: 30, logFileMaxCount: 10, logFileMaxSize: '100Mi', logSeverity: 'Info' } },
    nodeUpdateStrategy: { rollingUpdate: { maxUnavailable: 1 }, type: 'RollingUpdate' },
    nonPrivileged: 'Disabled',
    variant: 'Calico',
    ...spec,
    cni: { binDir: '/opt/cni/bin', confDir: '/etc/cni/net.d', type: 'Calico', ipam: { type: 'Calico' }, ...spec.cni },
    calicoNetwork: {
      bgp: 'Enabled',
      hostPorts: 'Enabled',
      linuxDataplane,
      multiInterfaceMode: 'None',
      nodeAddressAutodetectionV4: { firstFound: true },
      windowsDataplane: 'Disabled',
      // Only under Iptables, and left there afterwards (measured with operator 1.42.4).
      ...(linuxDataplane === 'Iptables' ? { linuxPolicySetupTimeoutSeconds: 0 } : {}),
      ...spec.calicoNetwork,
    },
  };
}
