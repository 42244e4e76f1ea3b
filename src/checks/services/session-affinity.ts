import { type Check, count, finding } from '../check.ts';
import { leavesIpvs } from '../kube-proxy/leaving-ipvs.ts';
import { chooseServices } from './chosen.ts';

const code = 'PXS063';

/** IPVS keeps it in its connection templates, nftables mode in sets of its own (`affinity-…`): nothing is carried over. */
export const sessionAffinity: Check = {
  code,
  category: 'services',
  title: 'No Service binds clients to a backend',
  looksAt: 'spec.sessionAffinity of every Service',
  run: async (facts) => {
    const chosen = await chooseServices(facts, (service) => service.sessionAffinity === 'ClientIP');
    const saw = `${count(chosen.services.length, 'Service')} with sessionAffinity ClientIP`;
    if (chosen.services.length === 0) return { saw, findings: [] };
    if (!(await leavesIpvs(facts))) return { saw: `${saw}; no node has to switch`, findings: [] };
    const message = `When a node switches it forgets which backend a client was bound to, so that clients may reach another one once (sessionAffinity ClientIP): ${chosen.named()}`;
    const more = {
      objects: chosen.objects,
      fix: 'Tell the owners of these Services, or switch at a time when their clients may change the backend',
      command: `kubectl get services -A -o jsonpath='{range .items[?(@.spec.sessionAffinity=="ClientIP")]}{.metadata.namespace}/{.metadata.name}{"\\n"}{end}'`,
    };
    return { saw, findings: [finding(code, 'warning', message, more)] };
  },
};
