import semver from 'semver';
import { parseCalicoVersion } from '../../cluster/calico/versions.ts';

/** What eBPF mode of a Calico version asks of a node's kernel. */
export interface KernelNeed {
  /** The first Calico minor (3.x) that this row is about. */
  fromMinor: number;
  /** A mainline version, `5.10.0`. */
  kernel: string;
  /** The build of RHEL 8's own 4.18.0 from which on it has what is needed backported. */
  rhel8Build: number;
  source: string;
}

/** Newest first. Felix itself refuses only what is below the last row (`SupportsBPFDataplane` in felix/bpf/bpf.go of 3.32). */
export const kernelNeeds: readonly KernelNeed[] = [
  {
    fromMinor: 31,
    kernel: '5.10.0',
    rhel8Build: 305,
    source: 'Calico documentation 3.32, "Enabling the eBPF data plane": 5.10, or RHEL 8.4 with 4.18.0-305',
  },
  {
    fromMinor: 0,
    kernel: '5.3.0',
    rhel8Build: 193,
    source: 'Calico documentation 3.30, the same page: 5.3, or RHEL 8.2 with 4.18.0-193',
  },
];

/** @throws Failure `Invalid` where `calicoVersion` is not one */
export function kernelNeed(calicoVersion: string): KernelNeed {
  const { minor } = parseCalicoVersion(calicoVersion);
  const need = kernelNeeds.find(({ fromMinor }) => minor >= fromMinor);
  if (need === undefined) throw new RangeError(`no row for Calico ${calicoVersion}`);
  return need;
}

/** Whether `uname -r` of a node is enough. A kernel that cannot be read is not. */
export function kernelSuffices(kernel: string, need: KernelNeed): boolean {
  const rhel8 = /^4\.18\.0-(?<build>\d+)\..*\bel8/.exec(kernel)?.groups?.build;
  if (rhel8 !== undefined) return Number(rhel8) >= need.rhel8Build;
  const version = semver.coerce(kernel);
  return version !== null && semver.gte(version, need.kernel);
}
