import { type Check, count, few, finding, nodeObjects } from '../check.ts';
import { onCalico } from './on-calico.ts';

const code = 'PXS026';

/** Felix looks for kube-ipvs0 when it starts; one that has not seen it on an ipvs node does not support kube-proxy there. */
export const felixIpvsSupport: Check = {
  code,
  category: 'calico',
  title: "Every Felix says that it supports kube-proxy's ipvs mode",
  looksAt: 'the log of Felix on every ipvs node',
  live: true,
  run: onCalico(async (_, facts) => {
    const [felix, proxies] = await Promise.all([facts.felix(), facts.proxies()]);
    const ipvs = new Set(proxies.filter((proof) => proof.mode === 'ipvs').map((proof) => proof.node));
    const on = felix.filter(({ pod }) => ipvs.has(pod.node));
    // Not a warning: start-up lines rotate out of the log of a Felix that has run for long, and a plan must not change for it.
    const without = on.filter(({ state }) => state.ipvsSupport !== true).map(({ pod }) => pod.node);
    const saw = `said on ${on.length - without.length} of ${count(on.length, 'ipvs node')}`;
    if (without.length === 0) return { saw, findings: [] };
    const message = `The log of Felix does not show its support for ipvs on ${few(without)}: it was rotated, or Felix started before kube-ipvs0 was there`;
    return { saw, findings: [finding(code, 'note', message, { objects: nodeObjects(without) })] };
  }),
};
