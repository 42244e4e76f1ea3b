import { editProxyConfig } from '../../cluster/kube-proxy/config-edit.ts';
import { type Check, count, finding } from '../check.ts';
import { leavesIpvs } from '../kube-proxy/leaving-ipvs.ts';
import { chooseServices } from './chosen.ts';

const code = 'PXS060';
const object = 'ConfigMap kube-system/kube-proxy';

/**
 * An empty list means every address of a node in ipvs mode, and the primary one in nftables mode. 127.0.0.1 is no
 * difference: ipvs mode never served NodePorts there either (kubernetes/kubernetes#96879, #101023).
 */
export const nodePorts: Check = {
  code,
  category: 'services',
  target: 'nftables',
  title: 'NodePorts stay on the addresses of the nodes where they are',
  looksAt: 'Services with node ports, and nodePortAddresses of config.conf',
  run: async (facts) => {
    const [chosen, { configMap, summary }] = await Promise.all([
      chooseServices(facts, (service) => service.nodePorts.length > 0),
      facts.proxyConfig(),
    ]);
    const { nodePortAddresses: addresses } = summary;
    const ports = chosen.services.reduce((sum, service) => sum + service.nodePorts.length, 0);
    const list = addresses.length > 0 ? addresses.join(', ') : 'empty';
    const saw = `${count(ports, 'node port')} of ${count(chosen.services.length, 'Service')}; nodePortAddresses: ${list}`;
    // A list that is not empty was somebody's decision, and means the same in both modes.
    if (ports === 0 || addresses.length > 0) return { saw, findings: [] };

    const { changes } = editProxyConfig(configMap.text, { mode: 'nftables' });
    const change = changes.find(({ path }) => path === 'nodePortAddresses');
    if (change) {
      const message = `Node ports answer on every address of a node, and will: an empty nodePortAddresses would mean the primary address alone in nftables mode, so the run sets it to ${JSON.stringify(change.after)}; it concerns ${chosen.named()}`;
      return { saw, findings: [finding(code, 'note', message, { objects: chosen.objects })] };
    }
    if (!(await leavesIpvs(facts))) return { saw, findings: [] };
    const message = `Node ports will answer on the primary address of each node alone, since the mode in config.conf is nftables already and nodePortAddresses is empty: ${chosen.named()}`;
    const more = {
      objects: [object, ...chosen.objects],
      fix: 'Set nodePortAddresses, ["0.0.0.0/0"] or with "::/0", where the other addresses are in use',
      command: 'kubectl -n kube-system edit configmap kube-proxy',
    };
    return { saw, findings: [finding(code, 'warning', message, more)] };
  },
};
