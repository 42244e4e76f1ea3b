import semver from 'semver';
import { versionOfImage } from '../../cluster/calico/images.ts';
import { describeIssue, issuesOf } from '../../cluster/calico/known-issues.ts';
import type { DaemonSet } from '../../cluster/daemon-sets.ts';
import type { Finding } from '../../model/finding.ts';
import { type Check, finding } from '../check.ts';
import { onTarget } from './on-calico.ts';

const code = 'PXS074';
const TAILSCALE = 'tailscale.com';
/** Releases before the nft of the distroless image was pinned to an older one (istio/istio#58606); reported for 1.28.1. */
const ISTIO_AFFECTED = '1.28.0 - 1.28.2';

/** What else writes rules with nft on the nodes, and which Calico or kernel does not get along with it. */
export const otherNftUsers: Check = {
  code,
  category: 'calico',
  title: 'Nothing else on the nodes writes nft rules that get in the way',
  looksAt: 'DaemonSets of Istio ambient and of Tailscale, and the API group tailscale.com',
  run: onTarget(async ({ calico }, facts) => {
    const [daemonSets, groups] = await Promise.all([facts.daemonSets(), facts.apiGroups()]);
    const istio = daemonSets.find(isIstioCni);
    const ambient = istio !== undefined && daemonSets.some(isZtunnel) ? istio : undefined;
    const tailscale = daemonSets.filter(isTailscaleOnHost);
    const saw = [
      ambient ? `Istio ambient ${istioVersion(ambient) ?? 'of an unknown version'}` : 'no Istio ambient',
      tailscale.length > 0 ? 'Tailscale on nodes' : groups.has(TAILSCALE) ? "Tailscale's operator" : 'no Tailscale',
    ].join(', ');
    return {
      saw,
      findings: [
        ...(ambient ? istioFindings(ambient, calico.version) : []),
        ...tailscaleFindings(tailscale, groups.has(TAILSCALE), calico.version),
      ],
    };
  }),
};

/** DaemonSet istio-cni-node of the chart istio-cni; Calico's operator installs it under the same name. */
function isIstioCni({ metadata }: DaemonSet): boolean {
  return metadata.name === 'istio-cni-node';
}

function isZtunnel({ metadata }: DaemonSet): boolean {
  return metadata.name === 'ztunnel';
}

/** In a pod's own network namespace Tailscale touches none of the node's tables. */
function isTailscaleOnHost({ spec }: DaemonSet): boolean {
  const { hostNetwork, containers } = spec.template.spec;
  return hostNetwork && containers.some(({ image }) => /(^|\/)tailscale(:|@|$)/.test(image));
}

function nameOf({ metadata }: DaemonSet): string {
  return `DaemonSet ${metadata.namespace}/${metadata.name}`;
}

function istioVersion({ spec }: DaemonSet): string | undefined {
  return versionOfImage(spec.template.spec.containers.find(({ name }) => name === 'install-cni')?.image ?? '');
}

/**
 * With global.nativeNftables, ambient writes sets on the node with its own nft. Older nft binaries, and kernels without a
 * fix, crash on what a newer one wrote (istio/istio#58492, release notes of 58492). Whether it is on is not read: it
 * is in a ConfigMap of Istio's namespace.
 */
function istioFindings(istio: DaemonSet, calicoVersion: string): Finding[] {
  const version = istioVersion(istio);
  const objects = [nameOf(istio)];
  const command = `kubectl -n ${istio.metadata.namespace} get configmap istio-cni-config -o yaml | grep -i nftables`;
  const crash = issuesOf(calicoVersion).find(({ when }) => when === 'newer-host-nft');
  const why =
    version !== undefined && semver.satisfies(version, ISTIO_AFFECTED)
      ? `the nft of Istio ${version} was reported to make the kernel or older nft crash (istio#58492)`
      : crash && `the nft of Calico ${calicoVersion} may crash on its sets: ${describeIssue(crash)}`;
  if (why !== undefined) {
    const message = `Istio ambient runs on the nodes; where its native nftables is on, ${why}`;
    const fix = 'See that global.nativeNftables of Istio is off, or upgrade Istio and Calico first';
    return [finding(code, 'warning', message, { objects, fix, command })];
  }
  const message = `Istio ambient ${version ?? ''} runs on the nodes; where its native nftables is on, the nft package of the nodes should be up to date (istio#58492)`;
  return [finding(code, 'note', message.replace('  ', ' '), { objects, command })];
}

function tailscaleFindings(onHost: readonly DaemonSet[], hasOperator: boolean, calicoVersion: string): Finding[] {
  const issue = issuesOf(calicoVersion).find(({ when }) => when === 'native-nft-tool');
  if (issue === undefined) return [];
  const objects = onHost.map(nameOf).sort();
  if (objects.length > 0) {
    const message = `Tailscale runs in the network of the nodes, with which Calico ${calicoVersion} may crash: ${describeIssue(issue)}`;
    const more = {
      objects,
      fix: 'Set TS_DEBUG_FIREWALL_MODE=iptables for it, or upgrade Calico first',
      command: 'nft list ruleset | grep -A3 -E "^table ip6? (filter|nat|mangle|raw)"',
    };
    return [finding(code, 'warning', message, more)];
  }
  if (!hasOperator) return [];
  const message = `Tailscale's operator is installed; where Tailscale also runs on the nodes themselves, Calico ${calicoVersion} may crash: ${describeIssue(issue)}`;
  return [finding(code, 'note', message, { objects: [`API group ${TAILSCALE}`] })];
}
