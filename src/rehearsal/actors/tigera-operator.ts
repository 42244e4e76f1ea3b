import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { LinuxDataplane } from '../../model/mode.ts';
import { anyObjectSchema, type KubeApi, KubeApiError } from '../kube-api.ts';
import type { CalicoRelease } from '../objects/calico-version.ts';
import type { Scenario } from '../scenarios.ts';
import type { RehearsalTiming } from '../timing.ts';
import { BPF_VOLUME, daemonSetSchema, hasBpfVolume, isRolledOut } from './operator-daemon-sets.ts';
import { type Installation, installationSchema, validate, withDefaults } from './operator-installation.ts';
import { type Degradation, OPERATOR, reportStatus } from './operator-status.ts';

export interface TigeraOperatorOptions {
  api: KubeApi;
  release: CalicoRelease;
  scenario: Scenario;
  timing: RehearsalTiming;
  /** Called with what must not go unseen. */
  onError: (error: unknown) => void;
}

const felixConfigurationSchema = anyObjectSchema.extend({
  spec: z.looseObject({ nftablesMode: z.string().optional(), bpfEnabled: z.boolean().optional() }).optional(),
});

const installationsPath = '/apis/operator.tigera.io/v1/installations';
const felixConfigurationPath = '/apis/crd.projectcalico.org/v1/felixconfigurations/default';
const calicoNodesPath = '/apis/apps/v1/namespaces/calico-system/daemonsets';
const kubeProxyPath = '/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy';
const servicesEndpointPath = '/api/v1/namespaces/tigera-operator/configmaps/kubernetes-services-endpoint';
const bpfAnnotation = 'operator.tigera.io/bpfEnabled';
const proxyOffKey = 'operator.tigera.io/disable-kube-proxy';

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
        daemonSetSchema,
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
        // An abort ends the loop.
        await delay(this.#options.timing.operatorMs + 50, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #reconcile(observed: Installation, signal: AbortSignal): Promise<void> {
    const { api, release, scenario } = this.#options;
    const invalid = validate(observed, release) ?? (await this.#refusedBootstrap(observed, signal));
    if (invalid) {
      const message = `Invalid Installation provided: ${invalid}`;
      const degraded = { reason: 'InvalidConfigurationError', message };
      await reportStatus(api, { name: 'calico', generation: observed.metadata.generation, degraded }, signal);
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
    const { generation } = installation.metadata;
    const progressing = !rolledOut;
    const conditions = await reportStatus(api, { name: 'calico', generation, degraded, progressing }, signal);
    for (const name of ['apiserver', 'ippools'])
      await reportStatus(api, { name, generation, degraded: undefined }, signal);
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
      OPERATOR,
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
      await this.#options.api.mergePatch(`${installationsPath}/default`, body, OPERATOR, signal),
    );
  }

  async #writeFelixConfiguration(dataplane: LinuxDataplane, bpfEnabled: boolean, signal: AbortSignal): Promise<void> {
    const { api, release } = this.#options;
    const nftablesMode = dataplane === 'VPP' ? 'Disabled' : release.nftablesModeFor[dataplane];
    const existing = await this.#options.api.read(felixConfigurationPath, felixConfigurationSchema, signal);
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
        OPERATOR,
        signal,
      );
    } else if (existing.spec?.nftablesMode !== nftablesMode || existing.spec?.bpfEnabled !== bpfEnabled) {
      // bpf.go, setBPFEnabledOnFelixConfiguration: the annotation says what the operator wrote.
      const metadata = { annotations: { [bpfAnnotation]: String(bpfEnabled) } };
      const body = { metadata, spec: { nftablesMode, bpfEnabled } };
      await api.mergePatch(felixConfigurationPath, body, OPERATOR, signal);
    }
  }

  /**
   * With BPF calico-node gets the volume bpffs, and without it loses it: the one change of its template here. Whether it is
   * rolled out, as bpf.go's isRolloutCompleteWithBPFVolumes sees it.
   */
  async #writeCalicoNode(dataplane: LinuxDataplane, signal: AbortSignal): Promise<boolean> {
    const { api } = this.#options;
    const path = `${calicoNodesPath}/calico-node`;
    const calicoNode = await this.#options.api.read(path, daemonSetSchema, signal);
    if (calicoNode === undefined) return true;
    const bpf = dataplane === 'BPF';
    if (hasBpfVolume(calicoNode) === bpf) return !bpf || isRolledOut(calicoNode);
    const spec = bpf
      ? {
          containers: [{ name: 'calico-node', volumeMounts: [{ mountPath: '/sys/fs/bpf', name: BPF_VOLUME }] }],
          volumes: [{ name: BPF_VOLUME, hostPath: { path: '/sys/fs/bpf', type: 'Directory' } }],
        }
      : {
          containers: [
            { name: 'calico-node', volumeMounts: [{ $patch: 'delete', mountPath: '/sys/fs/bpf', name: BPF_VOLUME }] },
          ],
          volumes: [{ $patch: 'delete', name: BPF_VOLUME }],
        };
    await api.call('PATCH', path, {
      contentType: 'application/strategic-merge-patch+json',
      query: { fieldManager: OPERATOR },
      body: { spec: { template: { spec } } },
      signal,
    });
    return !bpf;
  }

  /** pkg/controller/kubeproxy/controller.go: off once eBPF is on, and on again once it is not. */
  async #writeKubeProxy(bpfEnabled: boolean, signal: AbortSignal): Promise<void> {
    const { api } = this.#options;
    const kubeProxy = await this.#options.api.read(kubeProxyPath, daemonSetSchema, signal);
    if (kubeProxy === undefined) return;
    const off = kubeProxy.spec.template.spec.nodeSelector?.[proxyOffKey] === 'true';
    if (off === bpfEnabled) return;
    const nodeSelector = { [proxyOffKey]: bpfEnabled ? 'true' : null };
    await api.mergePatch(kubeProxyPath, { spec: { template: { spec: { nodeSelector } } } }, OPERATOR, signal);
  }

  /** pkg/controller/utils/bpf.go, BPFBootstrapRequirements; from operator 1.40 on. */
  async #refusedBootstrap({ spec }: Installation, signal: AbortSignal): Promise<string | undefined> {
    const { linuxDataplane, bpfNetworkBootstrap } = spec.calicoNetwork ?? {};
    if (!this.#options.release.managesKubeProxy || bpfNetworkBootstrap !== 'Enabled') return undefined;
    if (linuxDataplane !== 'BPF') return 'bpfNetworkBootstrap is enabled but linuxDataplane is not set to BPF';
    const endpoint = await this.#options.api.read(servicesEndpointPath, anyObjectSchema, signal);
    return endpoint && 'kubernetes service endpoint is defined by the kubernetes-service-endpoints ConfigMap.';
  }
}

/** The conditions of an Installation bear other names than those of a TigeraStatus (status.UpdateStatusCondition). */
const installationConditions: Record<string, string> = { Available: 'Ready' };
