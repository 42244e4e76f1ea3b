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
      })
      .optional(),
  }),
});
type Installation = z.infer<typeof installationSchema>;

const felixConfigurationSchema = anyObjectSchema.extend({
  spec: z.looseObject({ nftablesMode: z.string().optional() }).optional(),
});

const conditionSchema = z.looseObject({ type: z.string(), status: z.string(), lastTransitionTime: z.string() });
type Condition = z.infer<typeof conditionSchema>;
const tigeraStatusSchema = anyObjectSchema.extend({
  status: z.looseObject({ conditions: z.array(conditionSchema).optional() }).optional(),
});

const installationsPath = '/apis/operator.tigera.io/v1/installations';
const statusesPath = '/apis/operator.tigera.io/v1/tigerastatuses';
const felixConfigurationPath = '/apis/crd.projectcalico.org/v1/felixconfigurations/default';
const fieldManager = 'operator';

/** Why the operator is Degraded; `undefined` where it is not. */
type Degradation = { reason: string; message: string } | undefined;

/**
 * The Tigera operator as far as the Installation `default` goes: it writes defaults back, validates, sets Felix's
 * `nftablesMode`, and reports. Sources: tigera/operator pkg/controller/installation/core_controller.go, validation.go
 * and pkg/controller/status/status.go; what it writes by version is in objects/calico-version.ts.
 *
 * Only spec.calicoNetwork.linuxDataplane is acted on. Nothing in the pod template differs between Iptables and
 * Nftables, so the DaemonSet is left alone (measured with operator 1.42.4).
 */
export class TigeraOperator extends EventEmitter<{ reconciled: [] }> {
  readonly #options: TigeraOperatorOptions;
  readonly #changes = new EventEmitter<{ installation: [] }>();
  #latest: Installation | undefined;
  #paused = false;

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
      this.#reconcileLoop(signal),
    ]);
  }

  async #reconcileLoop(signal: AbortSignal): Promise<void> {
    let done: Installation | undefined;
    while (!signal.aborted) {
      try {
        const installation = this.#latest;
        if (!installation || installation === done || this.#paused) {
          await once(this.#changes, 'installation', { signal });
          continue;
        }
        await delay(this.#options.timing.operatorMs, undefined, { signal });
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
    const invalid = validate(observed, release);
    if (invalid) {
      const message = `Invalid Installation provided: ${invalid}`;
      await this.#report('calico', observed, { reason: 'InvalidConfigurationError', message }, signal);
      return;
    }
    const installation = await this.#writeDefaults(observed, signal);
    const dataplane = installation.spec.calicoNetwork?.linuxDataplane ?? 'Iptables';
    await this.#writeFelixConfiguration(dataplane, signal);
    const degraded: Degradation =
      scenario.operatorDegradedOnNftables && dataplane === 'Nftables'
        ? {
            reason: 'ResourceUpdateError',
            message:
              'Error creating / updating resource: admission webhook "validate.policy.example.com" denied the request: DaemonSet calico-system/calico-node violates policy "no-privileged-containers"',
          }
        : undefined;
    const conditions = await this.#report('calico', installation, degraded, signal);
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

  async #writeFelixConfiguration(dataplane: LinuxDataplane, signal: AbortSignal): Promise<void> {
    const { api, release } = this.#options;
    const nftablesMode = dataplane === 'VPP' ? 'Disabled' : release.nftablesModeFor[dataplane];
    const existing = await this.#read(felixConfigurationPath, felixConfigurationSchema, signal);
    if (!existing) {
      await api.create(
        {
          apiVersion: 'crd.projectcalico.org/v1',
          kind: 'FelixConfiguration',
          metadata: { name: 'default' },
          spec: {
            bpfConnectTimeLoadBalancing: 'TCP',
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
    } else if (existing.spec?.nftablesMode !== nftablesMode) {
      await api.mergePatch(felixConfigurationPath, { spec: { nftablesMode } }, fieldManager, signal);
    }
  }

  /** Writes a TigeraStatus; a switch of the dataplane does not take Available away (measured with operator 1.42.4). */
  async #report(name: string, owner: Installation, degraded: Degradation, signal: AbortSignal): Promise<Condition[]> {
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
    const conditions = [
      condition('Available', !degraded, degraded ? unknown : fine),
      condition('Progressing', false, degraded ? unknown : fine),
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
