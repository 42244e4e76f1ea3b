import { type Platform, platforms } from '../../cluster/platform/platforms.ts';
import { type RecognisedPlatform, recognisePlatforms } from '../../cluster/platform/recognise.ts';
import type { Finding } from '../../model/finding.ts';
import { type Check, finding } from '../check.ts';
import { signsOf } from './signs-of.ts';

const code = 'PXS040';

/** On a platform that owns kube-proxy the mode is set there: an edit in the cluster would be taken back, or do nothing. */
export const proxyOwner: Check = {
  code,
  category: 'platform',
  title: 'The platform leaves kube-proxy to you',
  looksAt: 'labels, annotations and versions of nodes, kube-proxy itself, ConfigMap kubeadm-config',
  run: async (facts) => {
    const found = recognisePlatforms(await signsOf(facts));
    const saw = found.map(({ id, by }) => `${platforms[id].name}, by ${by}`).join('; ');
    if (found.length > 0) return { saw, findings: found.flatMap(findingOf) };
    const more = {
      fix: "Make sure that whatever made this cluster does not write kube-proxy's ConfigMap again",
      command: 'kubectl -n kube-system get configmap kube-proxy -o yaml --show-managed-fields',
    };
    const message = 'Which platform made this cluster is not known: whether it sets kube-proxy back cannot be told';
    return { saw: 'no platform that is known', findings: [finding(code, 'note', message, more)] };
  },
};

function findingOf({ id, by }: RecognisedPlatform): Finding[] {
  const platform: Platform = platforms[id];
  if (platform.owner === 'you') return [];
  const { name, why, fix, command } = platform;
  return platform.owner === 'platform'
    ? [finding(code, 'blocker', `${name} owns kube-proxy (${by}): ${why}`, { fix, command })]
    : [finding(code, 'warning', `${name} made this cluster (${by}): ${why}`, { fix, command })];
}
