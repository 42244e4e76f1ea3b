import type { CalicoFacts } from '../../cluster/calico/detect.ts';
import { hasNewerNft } from '../../cluster/calico/host-nft.ts';
import { versionOfImage } from '../../cluster/calico/images.ts';
import { felixConfigurationSchema } from '../../cluster/calico/installation-schema.ts';
import { describeIssue, issuesOf, type KnownIssue } from '../../cluster/calico/known-issues.ts';
import { calicoSupport, parseCalicoVersion } from '../../cluster/calico/versions.ts';
import { felixConfigurationDefault } from '../../cluster/refs.ts';
import type { Finding } from '../../model/finding.ts';
import { type Check, few, finding, nodeObjects } from '../check.ts';
import type { ClusterFacts } from '../facts.ts';
import { onCalico } from './on-calico.ts';

const code = 'PXS021';

const upgrade = {
  fix: 'Upgrade Calico: 3.31.7, 3.32.2 or newer is recommended',
  command: 'kubectl get clusterinformations.crd.projectcalico.org default -o yaml',
};

/** From 3.30 on by the migration guide; known problems as cluster/calico/known-issues.ts lists them. */
export const versionSupported: Check = {
  code,
  category: 'calico',
  title: 'Calico is 3.30 or newer, without known problems in nftables mode',
  looksAt: 'status.calicoVersion of the Installation, or ClusterInformation default; the image of calico-node',
  run: onCalico(async (calico, facts) => {
    const { version } = calico;
    const saw = `Calico ${version}, image ${imageOf(calico) || 'unknown'}`;
    if (!calicoSupport(version).supported) {
      const message = `Calico ${version} is too old: nftables needs 3.30 or newer here`;
      return { saw, findings: [finding(code, 'blocker', message, upgrade)] };
    }
    const issues = issuesOf(version);
    const findings = [...imageFindings(calico), ...maturityFindings(version), ...generalFindings(version, issues)];
    for (const issue of issues) {
      if (issue.when === 'newer-host-nft') findings.push(...(await hostFindings(version, issue, facts)));
      else findings.push(...(await settingFindings(version, issue, facts)));
    }
    return { saw, findings };
  }),
};

function imageOf({ daemonSet }: CalicoFacts): string {
  return daemonSet.spec.template.spec.containers.find(({ name }) => name === 'calico-node')?.image ?? '';
}

/** ClusterInformation has the version of whoever wrote it last, and what is to be written depends on the version. */
function imageFindings(calico: CalicoFacts): Finding[] {
  const image = imageOf(calico);
  const running = versionOfImage(image);
  const { major, minor, patch } = parseCalicoVersion(calico.version);
  if (running === undefined || running === `${major}.${minor}.${patch}`) return [];
  const object = `DaemonSet ${calico.namespace}/calico-node`;
  const source = calico.install === 'operator' ? 'the Installation' : 'ClusterInformation default';
  const message = `Calico is ${calico.version} by ${source}, but ${object} runs ${image}`;
  return [
    finding(code, 'blocker', message, {
      objects: [object],
      fix: 'Finish the upgrade of Calico, or find what runs the other version',
      command: `kubectl -n ${calico.namespace} get daemonset calico-node -o jsonpath='{.spec.template.spec.containers[*].image}'`,
    }),
  ];
}

/** Technology preview in 3.29 and 3.30 (https://docs.tigera.io/calico/3.30/getting-started/kubernetes/nftables). */
function maturityFindings(version: string): Finding[] {
  const { minor, prerelease } = parseCalicoVersion(version);
  if (prerelease.length > 0) {
    return [finding(code, 'warning', `Calico ${version} is a pre-release`, upgrade)];
  }
  if (minor > 30) return [];
  const message = `The nftables dataplane is a technology preview in Calico ${version}; it is stable from 3.31`;
  return [finding(code, 'warning', message, upgrade)];
}

function generalFindings(version: string, issues: readonly KnownIssue[]): Finding[] {
  const general = issues.filter(({ when }) => when === undefined);
  if (general.length === 0) return [];
  const list = general.map(describeIssue).join('; ');
  return [finding(code, 'warning', `Calico ${version} has known problems in nftables mode: ${list}`, upgrade)];
}

async function hostFindings(version: string, issue: KnownIssue, facts: ClusterFacts): Promise<Finding[]> {
  const nodes = (await facts.nodes()).filter(({ osImage }) => hasNewerNft(osImage)).map(({ name }) => name);
  if (nodes.length === 0) return [];
  const message = `Calico ${version} may not work on ${few(nodes.sort())}, whose own nft is newer: ${describeIssue(issue)}`;
  return [finding(code, 'warning', message, { ...upgrade, objects: nodeObjects(nodes) })];
}

/** Settings of FelixConfiguration `default` that this version cannot render for nft. */
async function settingFindings(version: string, issue: KnownIssue, facts: ClusterFacts): Promise<Finding[]> {
  if (issue.when !== 'nat-port-range' && issue.when !== 'spaced-log-prefix') return [];
  const found = await facts.object(felixConfigurationDefault);
  const { natPortRange, logPrefix } = felixConfigurationSchema.parse(found ?? { metadata: { name: 'default' } }).spec;
  const ports = issue.when === 'nat-port-range';
  const [name, value] = ports ? ['natPortRange', natPortRange] : ['logPrefix', logPrefix];
  if (value === undefined || value === null || (!ports && !/\s/.test(`${value}`))) return [];
  const message = `${name} is ${JSON.stringify(value)}, which Calico ${version} cannot take in nftables mode: ${describeIssue(issue)}`;
  return [
    // A log prefix is only rendered where a policy logs, and policies are not read.
    finding(code, ports ? 'blocker' : 'warning', message, {
      objects: ['FelixConfiguration default'],
      fix: `Upgrade Calico, or take ${name} away`,
      command: `kubectl patch felixconfigurations.crd.projectcalico.org default --type merge -p '{"spec":{"${name}":null}}'`,
    }),
  ];
}
