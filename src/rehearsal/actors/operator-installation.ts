import { z } from 'zod';
import { linuxDataplaneSchema } from '../../model/mode.ts';
import { anyObjectSchema } from '../kube-api.ts';
import type { CalicoRelease } from '../objects/calico-version.ts';

/** An Installation, as far as the simulated operator reads it. */
export const installationSchema = anyObjectSchema.extend({
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
export type Installation = z.infer<typeof installationSchema>;

/**
 * Why the operator refuses an Installation; undefined where it takes it.
 * validation.go; before operator 1.39 a set time-out is refused with Nftables: projectcalico/calico#10348.
 */
export function validate(installation: Installation, release: CalicoRelease): string | undefined {
  const { linuxDataplane = 'Iptables', linuxPolicySetupTimeoutSeconds } = installation.spec.calicoNetwork ?? {};
  if (linuxPolicySetupTimeoutSeconds === undefined || release.policySetupTimeoutWith.includes(linuxDataplane))
    return undefined;
  const allowed = release.policySetupTimeoutWith.length > 2 ? 'Iptables, Nftables and BPF' : 'Iptables and BPF';
  return `spec.calicoNetwork.linuxPolicySetupTimeoutSeconds is supported only for the ${allowed} Linux dataplanes`;
}

/** core_controller.go, fillDefaults and MergeAndFillDefaults, for a kubeadm cluster. */
export function withDefaults(spec: Installation['spec']): Installation['spec'] {
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
