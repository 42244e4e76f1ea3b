import { isDegraded, tigeraStatusSchema } from '../../cluster/calico/installation-schema.ts';
import { type Check, few, finding } from '../check.ts';

const code = 'PXS023';

/** A dead operator leaves TigeraStatus Available for ever: only its observedGeneration tells. */
export const operatorSettled: Check = {
  code,
  category: 'calico',
  title: 'The Tigera operator has settled',
  looksAt: 'TigeraStatus calico against the generation of the Installation; Degraded of the other TigeraStatuses',
  essential: true,
  run: async (facts) => {
    const status = await facts.tigeraStatus();
    if (status === undefined) return { saw: (await facts.calico()) ? 'no operator' : 'no Calico', findings: [] };
    const listed = await facts.objects({ apiVersion: 'operator.tigera.io/v1', plural: 'tigerastatuses' });
    const degraded = listed
      .map((object) => tigeraStatusSchema.parse(object))
      .filter((other) => other.metadata.name !== 'calico' && isDegraded(other))
      .map(({ metadata }) => metadata.name)
      .sort();
    const findings = [];
    if (!status.settled) {
      const more = {
        objects: ['TigeraStatus calico'],
        fix: 'Wait until the operator has settled, or see what keeps it',
        command: 'kubectl get tigerastatus calico -o yaml',
      };
      findings.push(finding(code, 'blocker', status.why, more));
    }
    if (degraded.length > 0) {
      // A note, since these can go up and down by themselves, and a plan must not change for it.
      const more = {
        objects: degraded.map((name) => `TigeraStatus ${name}`),
        fix: 'Mend it first: after the switch it could look like the doing of the run',
        command: 'kubectl get tigerastatus',
      };
      findings.push(finding(code, 'note', `The Tigera operator says Degraded of ${few(degraded)}`, more));
    }
    return { saw: status.settled ? status.why : 'not settled', findings };
  },
};
