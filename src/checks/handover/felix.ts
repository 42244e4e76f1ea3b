import { targetNftablesMode } from '../../cluster/calico/detect.ts';
import { type Check, finding } from '../check.ts';

const code = 'PXS094';

/**
 * Felix in Auto is in nftables where the table of kube-proxy has chains (felix/dataplane/linux/int_dataplane.go), whatever else
 * is there: it would follow the stand-by, while `kube-ipvs0` is still on the node, which nothing has been measured of.
 */
export const felixFollowsStandby: Check = {
  code,
  category: 'handover',
  handover: 'make-before-break',
  title: 'No Felix follows a stand-by before its node has left ipvs',
  looksAt: "Calico's version, and the mode that Felix is going to have",
  run: async (facts) => {
    const calico = await facts.calico();
    if (calico === undefined) return { saw: 'no Calico', findings: [] };
    const mode = targetNftablesMode(calico);
    const saw = `Calico ${calico.version}, Felix in ${mode}`;
    if (mode !== 'Auto') return { saw, findings: [] };
    const message = `Felix of Calico ${calico.version} follows the rules that it finds, so it would follow a stand-by while ipvs is still there: nodes are handed over by restart`;
    const fix = 'Nothing: this hand-over is not made with a Felix in Auto yet';
    const command = 'kubectl get felixconfigurations.crd.projectcalico.org default -o yaml';
    return { saw, findings: [finding(code, 'warning', message, { fix, command })] };
  },
};
