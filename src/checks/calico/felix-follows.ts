import { effectiveNftablesMode, targetNftablesMode } from '../../cluster/calico/detect.ts';
import { whyFelixDisagrees } from '../../cluster/calico/felix-lines.ts';
import { hasNftables } from '../../cluster/calico/versions.ts';
import { type Check, count, few, finding, nodeObjects } from '../check.ts';
import { onCalico } from './on-calico.ts';

const code = 'PXS027';

/** Everything is set to nftables, but is it so? That would not be "nothing to do". */
export const felixFollows: Check = {
  code,
  category: 'calico',
  target: 'nftables',
  title: 'Where all is set to nftables, every Felix programs nftables',
  looksAt: 'the log of Felix on every node, where all is set to nftables already',
  live: true,
  essential: true,
  run: onCalico(async (calico, facts) => {
    const still = { saw: 'not all is set to nftables yet', findings: [] };
    if (!hasNftables(calico.version)) return still;
    const value = targetNftablesMode(calico);
    const set =
      calico.install === 'operator'
        ? calico.installation?.spec?.calicoNetwork?.linuxDataplane === 'Nftables'
        : effectiveNftablesMode(calico) === value;
    const [proxies, felix] = await Promise.all([facts.proxies(), facts.felix()]);
    if (!set || proxies.some((proof) => proof.mode !== 'nftables')) return still;
    const stray = felix.flatMap(({ pod, state }) => {
      const why = whyFelixDisagrees(state, { value, calicoVersion: calico.version, useNftables: true });
      return why === undefined ? [] : [{ node: pod.node, why, silent: !state.dataplaneStarted }];
    });
    const command = `kubectl -n ${calico.namespace} logs -l k8s-app=calico-node -c calico-node --prefix --tail=200`;
    const say = (severity: 'blocker' | 'note', nodes: typeof stray, how: string) => {
      if (nodes.length === 0) return [];
      const names = nodes.map(({ node }) => node);
      const message = `Calico is set to nftables, but Felix ${how} on ${few(names)} (${nodes[0]?.why})`;
      const fix = 'See what Felix says there; deleting its pod starts it anew';
      return [finding(code, severity, message, { objects: nodeObjects(names), fix, command })];
    };
    const astray = stray.filter(({ silent }) => !silent);
    // Start-up lines rotate out of the log of a Felix that has run for long.
    const quiet = stray.filter(({ silent }) => silent);
    return {
      saw: `${felix.length - stray.length} of ${count(felix.length, 'Felix', 'Felixes')} follow`,
      findings: [...say('blocker', astray, 'does not follow'), ...say('note', quiet, 'does not say so any more')],
    };
  }),
};
