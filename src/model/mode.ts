import { z } from 'zod';

/** The modes of kube-proxy on Linux that proxyshift knows, as written in `config.conf` and answered by `/proxyMode`. */
export const proxyModes = ['iptables', 'ipvs', 'nftables'] as const;
export const proxyModeSchema = z.enum(proxyModes);
export type ProxyMode = z.infer<typeof proxyModeSchema>;

/** What was seen on a node: a mode, or `unknown` where neither `/proxyMode` nor the log answered. Never a guess. */
export const observedModeSchema = z.enum([...proxyModes, 'unknown']);
export type ObservedMode = z.infer<typeof observedModeSchema>;

/** `spec.calicoNetwork.linuxDataplane` of an Installation (operator ≥ 1.36). */
export const linuxDataplaneSchema = z.enum(['Iptables', 'Nftables', 'BPF', 'VPP']);
export type LinuxDataplane = z.infer<typeof linuxDataplaneSchema>;

/** `spec.nftablesMode` of a FelixConfiguration. `Auto` only from Felix 3.32 (3.31 accepts it in its CRD and then runs Disabled). */
export const nftablesModeSchema = z.enum(['Auto', 'Enabled', 'Disabled']);
export type NftablesMode = z.infer<typeof nftablesModeSchema>;
