import semver, { type SemVer } from 'semver';
import { Failure } from '../../model/failure.ts';
import type { NftablesMode } from '../../model/mode.ts';

/**
 * The Tigera operator's minors that ship a Calico minor (`config/calico_versions.yml` of github.com/tigera/operator at
 * each tag from 1.34.0 to 1.43.0). The even ones are of Calico's own releases; 1.35, 1.37, 1.39 and 1.41 follow Calico
 * Enterprise.
 */
export const operatorMinors: Readonly<Record<string, readonly string[]>> = {
  '3.28': ['1.34', '1.35'],
  '3.29': ['1.36', '1.37'],
  '3.30': ['1.38', '1.39'],
  '3.31': ['1.40', '1.41'],
  '3.32': ['1.42', '1.43'],
};

/**
 * A version as `Installation.status.calicoVersion`, `ClusterInformation.spec.calicoVersion` or an image tag has it:
 * `v3.31.7`, `3.31.7`, `v3.32.0-0.dev-12-gabc`.
 * @throws Failure `Invalid`, quoting it: not a version, or not of the 3.x line.
 */
export function parseCalicoVersion(text: string): SemVer {
  const version = semver.parse(text.trim());
  if (version?.major !== 3) {
    throw new Failure('Invalid', `${JSON.stringify(text)} is not a version of Calico: it should read like v3.31.7`);
  }
  return version;
}

/** @throws Failure `Invalid`, quoting it: not a version of the 1.x line. */
export function parseOperatorVersion(text: string): SemVer {
  const version = semver.parse(text.trim());
  if (version?.major !== 1) {
    throw new Failure(
      'Invalid',
      `${JSON.stringify(text)} is not a version of the Tigera operator: it should read like v1.40.3`,
    );
  }
  return version;
}

/** The Calico minor (`3.31`) that an operator version installs; undefined for one that is not in the table. */
export function calicoMinorOf(operatorVersion: string): string | undefined {
  const { major, minor } = parseOperatorVersion(operatorVersion);
  return Object.entries(operatorMinors).find(([, operators]) => operators.includes(`${major}.${minor}`))?.[0];
}

export interface CalicoInstall {
  /** By the Tigera operator, or by the manifests in kube-system. */
  install: 'operator' | 'manifest';
  calicoVersion: string;
  /** Where it is not known, the operator that ships `calicoVersion` is assumed. */
  operatorVersion?: string | undefined;
  dataplane: 'Nftables' | 'Iptables';
}

/**
 * The `nftablesMode` that Felix reads in the end, and names in `Parsed value for NFTablesMode`.
 *
 * - Operator (`setNftablesMode` in `pkg/controller/installation/core_controller.go`): Nftables is written as `Enabled`
 *   by 1.36-1.41 and as `Auto` from 1.42; Iptables as `Disabled` by all.
 * - Manifest: we set `Enabled` or `Disabled` up to 3.31. From 3.32 Felix's default is `Auto` and nothing is written:
 *   each node follows its kube-proxy, so it is `Auto` for both dataplanes.
 *
 * @throws Failure `Invalid`: not a version. Failure `Blocked`: one that has no nftables dataplane.
 */
export function expectedNftablesMode({
  install,
  calicoVersion,
  operatorVersion,
  dataplane,
}: CalicoInstall): NftablesMode {
  const calico = parseCalicoVersion(calicoVersion);
  if (install === 'manifest') {
    if (defaultsToAuto(calicoVersion)) return 'Auto';
    if (dataplane === 'Iptables') return 'Disabled';
    if (!hasNftables(calicoVersion)) throw noNftables(`Calico ${calicoVersion}`);
    return 'Enabled';
  }
  if (dataplane === 'Iptables') return 'Disabled';
  if (operatorVersion === undefined) {
    if (!hasNftables(calicoVersion)) throw noNftables(`Calico ${calicoVersion}`);
    return calico.minor >= 32 ? 'Auto' : 'Enabled';
  }
  const operator = parseOperatorVersion(operatorVersion);
  if (operator.minor < 36) throw noNftables(`the Tigera operator ${operatorVersion}`);
  return operator.minor >= 42 ? 'Auto' : 'Enabled';
}

function noNftables(what: string): Failure {
  return new Failure('Blocked', `${what} has no nftables dataplane: it came with Calico 3.29 (operator 1.36)`, {
    hint: 'Upgrade Calico to 3.31.7 or newer first.',
  });
}

/** Whether there is an nftables dataplane, in whatever state: from 3.29 (operator 1.36). @throws Failure `Invalid`: not a version */
export function hasNftables(calicoVersion: string): boolean {
  return parseCalicoVersion(calicoVersion).minor >= 29;
}

/** Felix's own default of `NFTablesMode` is Auto from 3.32, Disabled before (`felix/config/config_params.go`). */
export function defaultsToAuto(calicoVersion: string): boolean {
  return parseCalicoVersion(calicoVersion).minor >= 32;
}

/**
 * The switch must null `linuxPolicySetupTimeoutSeconds` in the same patch: the operators of 3.29 and 3.30 (1.36-1.38)
 * reject Nftables while it is set, and they set it themselves under Iptables (projectcalico/calico#10348).
 */
export function needsPolicyTimeoutNull(calicoVersion: string): boolean {
  const { minor } = parseCalicoVersion(calicoVersion);
  return minor === 29 || minor === 30;
}

/** Felix takes away the other mode's tables from 3.31.0 (projectcalico/calico#10530); before, stale `cali-*` rules stay. */
export function cleansUpOtherMode(calicoVersion: string): boolean {
  return parseCalicoVersion(calicoVersion).minor >= 31;
}

/** What proxyshift thinks of a Calico version. What is wrong with it is in `known-issues.ts`. */
export interface CalicoSupport {
  /** False: the migration is refused. */
  supported: boolean;
  /** True from 3.31.7 on the 3.31 line and from 3.32.2 on the next: the fixes of calico#11750, #12851, #13441 are in. */
  recommended: boolean;
}

/** @throws Failure `Invalid`: not a version. */
export function calicoSupport(calicoVersion: string): CalicoSupport {
  const { minor, patch, prerelease } = parseCalicoVersion(calicoVersion);
  if (minor < 31) return { supported: minor === 30, recommended: false };
  const fixed = minor === 31 ? 7 : minor === 32 ? 2 : 0;
  return { supported: true, recommended: patch >= fixed && prerelease.length === 0 };
}
