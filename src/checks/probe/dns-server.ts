import type { ProbePlan } from '../../model/probe-plan.ts';
import { type Check, finding } from '../check.ts';
import type { ClusterFacts } from '../facts.ts';

const code = 'PXS103';
/** Every installer keeps this name, whatever answers behind it (kubernetes/cmd/kubeadm/app/phases/addons/dns). */
const NAME = 'kube-dns';

/** Whom path `dns` asks: what clusters.yaml says, or the cluster IP of kube-dns; undefined where there is none. */
export async function dnsServerOf(
  { services }: Pick<ClusterFacts, 'services'>,
  { dnsServer }: Pick<ProbePlan, 'dnsServer'>,
): Promise<string | undefined> {
  if (dnsServer !== undefined) return dnsServer;
  const service = (await services()).find(({ namespace, name }) => namespace === 'kube-system' && name === NAME);
  return service?.clusterIPs[0];
}

/** A path that was asked for and is left out would be a hole that nobody sees in the report. */
export const dnsServer: Check = {
  code,
  category: 'probe',
  probe: true,
  title: 'It is known which DNS server the probe asks',
  looksAt: 'probe.dnsServer of clusters.yaml, or the cluster IP of Service kube-system/kube-dns',
  essential: true,
  run: async (facts) => {
    const { probe } = facts;
    if (probe === undefined || !probe.paths.includes('dns')) return { saw: 'no path asks one', findings: [] };
    const server = await dnsServerOf(facts, probe);
    if (server !== undefined) return { saw: server, findings: [] };
    const message = `Path dns of the probe has nobody to ask: there is no Service kube-system/${NAME} with a cluster IP`;
    const fix = 'Name the DNS server of the cluster in probe.dnsServer, or take dns out of probe.paths';
    const command = 'kubectl get services -A -o wide';
    return { saw: 'none', findings: [finding(code, 'blocker', message, { fix, command })] };
  },
};
