import { daemonSetTrouble } from '../../cluster/daemon-sets.ts';
import { type Check, count, finding } from '../check.ts';
import { onCalico } from './on-calico.ts';

const code = 'PXS022';

export const calicoDaemonSetHealthy: Check = {
  code,
  category: 'calico',
  title: 'DaemonSet calico-node is healthy',
  looksAt: 'DaemonSet calico-node',
  essential: true,
  run: onCalico(async ({ daemonSet, namespace }) => {
    const { numberReady, desiredNumberScheduled } = daemonSet.status;
    const saw = `${numberReady} of ${count(desiredNumberScheduled, 'pod')} ready`;
    const trouble = daemonSetTrouble(daemonSet);
    if (trouble === undefined) return { saw, findings: [] };
    const object = `DaemonSet ${namespace}/calico-node`;
    const command = `kubectl -n ${namespace} rollout status daemonset calico-node`;
    const more = { objects: [object], fix: 'Finish or mend the roll-out first', command };
    return { saw, findings: [finding(code, 'blocker', `${object} is not healthy: ${trouble}`, more)] };
  }),
};
