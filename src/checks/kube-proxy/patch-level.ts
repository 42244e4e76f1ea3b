import semver from 'semver';
import type { Finding } from '../../model/finding.ts';
import { type Check, few, finding } from '../check.ts';
import type { ClusterFacts } from '../facts.ts';
import { type KnownProblem, knownProblems } from './known-problems.ts';
import { describeProxyVersion, type KnownProxyVersion, readProxyVersion } from './proxy-version.ts';

const code = 'PXS050';
const object = 'DaemonSet kube-system/kube-proxy';
const command =
  "kubectl -n kube-system get daemonset kube-proxy -o jsonpath='{.spec.template.spec.containers[*].image}'";
/** kubernetes.io/releases/version-skew-policy: never newer than the API server, at most three minor versions older. */
const MOST_MINORS_OLDER = 3;

export const patchLevel: Check = {
  code,
  category: 'kube-proxy',
  title: 'kube-proxy has no known problem that a patch mends',
  looksAt: `the image of ${object}, and the version of the API server`,
  run: async (facts) => {
    const [version, server] = await Promise.all([readProxyVersion(facts), facts.kubernetesVersion()]);
    const problems = await Promise.all(
      knownProblems
        .filter(({ affected }) => semver.satisfies(version.version, affected))
        .map(async (problem) => await describe(problem, version, facts)),
    );
    const saw = `${describeProxyVersion(version)}, API server ${server}`;
    return { saw, findings: [...problems.flat(), ...skew(version, server)] };
  },
};

async function describe(problem: KnownProblem, { text }: KnownProxyVersion, facts: ClusterFacts): Promise<Finding[]> {
  const { id, impact, nameLength, fixed } = problem;
  const services = nameLength === undefined ? undefined : await longNames(facts, nameLength);
  if (services?.length === 0) return [];
  const message = `kube-proxy ${text} ${impact} (${id})${services ? `: ${few(services)}` : ''}`;
  const more = {
    objects: services ? services.map((name) => `Service ${name}`) : [object],
    fix: fixed
      ? `Upgrade kube-proxy first: ${fixed.join(', ')} and newer do not have it`
      : 'Know it before you approve: the way back needs a change of config.conf by hand',
    command,
  };
  return [finding(code, 'warning', message, more)];
}

async function longNames(facts: ClusterFacts, length: number): Promise<string[]> {
  const names = (await facts.services()).map(({ namespace, name }) => `${namespace}/${name}`);
  return names.filter((name) => name.length >= length).sort();
}

function skew({ version, text, assumed }: KnownProxyVersion, server: string): Finding[] {
  const api = semver.coerce(server);
  if (assumed || api === null) return [];
  const older = api.minor - version.minor;
  const more = { objects: [object], fix: 'Bring kube-proxy to the version of the API server first', command };
  if (older < 0) {
    const message = `kube-proxy ${text} is newer than the API server (${server}), which Kubernetes does not support`;
    return [finding(code, 'warning', message, more)];
  }
  if (older > MOST_MINORS_OLDER) {
    const message = `kube-proxy ${text} is ${older} minor versions older than the API server (${server}); Kubernetes supports ${MOST_MINORS_OLDER}`;
    return [finding(code, 'warning', message, more)];
  }
  return [];
}
