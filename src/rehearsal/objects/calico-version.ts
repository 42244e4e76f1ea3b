import { z } from 'zod';
import type { NftablesMode } from '../../model/mode.ts';

export const calicoVersions = ['3.30', '3.31', '3.32'] as const;
export const calicoVersionSchema = z.enum(calicoVersions);
export type CalicoVersion = z.infer<typeof calicoVersionSchema>;

export const calicoInstalls = ['none', 'operator', 'manifest'] as const;
export const calicoInstallSchema = z.enum(calicoInstalls);
export type CalicoInstall = z.infer<typeof calicoInstallSchema>;

/** What one version of Calico and the operator that comes with it do about nftables. */
export interface CalicoRelease {
  /** As in image tags and `ClusterInformation.spec.calicoVersion`. */
  calico: string;
  operator: string;
  /** What the operator writes for `linuxDataplane: Nftables` (tigera/operator setNftablesMode, by version). */
  nftablesModeFor: { Nftables: NftablesMode; BPF: NftablesMode; Iptables: NftablesMode };
  /** Dataplanes with which `linuxPolicySetupTimeoutSeconds` may be set (projectcalico/calico#10348). */
  policySetupTimeoutWith: readonly string[];
  /** The operator knows `bpfNetworkBootstrap` and `kubeProxyManagement` (api/v1/installation_types.go from v1.40.0 on). */
  managesKubeProxy: boolean;
  /** Felix's own default for NFTablesMode, and whether it understands `Auto`. */
  felixDefault: NftablesMode;
  felixKnowsAuto: boolean;
}

/** Sources: tigera/operator pkg/controller/installation (v1.38, v1.40, v1.42.4), projectcalico/calico felix/config. */
export const calicoReleases: Record<CalicoVersion, CalicoRelease> = {
  '3.30': {
    calico: 'v3.30.4',
    operator: 'v1.38.7',
    nftablesModeFor: { Nftables: 'Enabled', BPF: 'Disabled', Iptables: 'Disabled' },
    policySetupTimeoutWith: ['Iptables', 'BPF'],
    managesKubeProxy: false,
    felixDefault: 'Disabled',
    felixKnowsAuto: false,
  },
  '3.31': {
    calico: 'v3.31.7',
    operator: 'v1.40.9',
    nftablesModeFor: { Nftables: 'Enabled', BPF: 'Enabled', Iptables: 'Disabled' },
    policySetupTimeoutWith: ['Iptables', 'Nftables', 'BPF'],
    managesKubeProxy: true,
    felixDefault: 'Disabled',
    felixKnowsAuto: false,
  },
  '3.32': {
    calico: 'v3.32.2',
    operator: 'v1.42.4',
    nftablesModeFor: { Nftables: 'Auto', BPF: 'Enabled', Iptables: 'Disabled' },
    policySetupTimeoutWith: ['Iptables', 'Nftables', 'BPF'],
    managesKubeProxy: true,
    felixDefault: 'Auto',
    felixKnowsAuto: true,
  },
};
