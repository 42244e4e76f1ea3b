import { z } from 'zod';
import { targetNftablesMode } from '../../cluster/calico/detect.ts';
import { versionOfImage } from '../../cluster/calico/images.ts';
import { calicoMinorOf, expectedNftablesMode, hasNftables, parseCalicoVersion } from '../../cluster/calico/versions.ts';
import { tigeraOperatorDeployment } from '../../cluster/refs.ts';
import { type Check, finding } from '../check.ts';
import { onOperator } from './on-calico.ts';

const code = 'PXS076';
const NAME = 'Deployment tigera-operator/tigera-operator';

const deploymentSchema = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({ containers: z.array(z.looseObject({ name: z.string(), image: z.string().default('') })) }),
    }),
  }),
  status: z.looseObject({ availableReplicas: z.int().default(0) }).prefault({}),
});

/** The operator does the switch, and which nftablesMode it writes depends on its own version, not on Calico's. */
export const operatorRuns: Check = {
  code,
  category: 'calico',
  title: 'The Tigera operator runs, and is of the version that ships this Calico',
  looksAt: `${NAME}: its image, and whether it is available`,
  run: onOperator(async (calico, facts) => {
    const found = await facts.object(tigeraOperatorDeployment);
    const command = 'kubectl -n tigera-operator get deployment tigera-operator -o wide';
    if (found === undefined) {
      const message = `${NAME} does not exist: the operator's own version, and whether it runs, are not known`;
      return { saw: 'not found', findings: [finding(code, 'note', message, { objects: [NAME], command })] };
    }
    const { spec, status } = deploymentSchema.parse(found);
    const image = spec.template.spec.containers.find(({ name }) => name === 'tigera-operator')?.image ?? '';
    const operator = versionOfImage(image);
    const saw = `${image || 'no image'}, ${status.availableReplicas} available`;
    const findings = [];
    if (status.availableReplicas === 0) {
      const fix = 'Start it, or see why it does not come up';
      const more = { objects: [NAME], fix, command: 'kubectl -n tigera-operator describe deployment tigera-operator' };
      findings.push(finding(code, 'blocker', `${NAME} is not available: nothing would carry out the switch`, more));
    }
    if (operator !== undefined && !ships(operator, calico.version)) {
      const message = `The Tigera operator is ${operator}, which does not ship Calico ${calico.version}`;
      const more = { objects: [NAME], fix: 'Finish the upgrade of Calico first', command };
      findings.push(finding(code, writesAsPlanned(operator, calico) ? 'note' : 'blocker', message, more));
    }
    return { saw, findings };
  }),
};

/** Whether the Calico is of the minor that the operator installs; an operator that is not in the table is not judged. */
function ships(operator: string, calicoVersion: string): boolean {
  const minor = operator.startsWith('1.') ? calicoMinorOf(operator) : undefined;
  const { major, minor: actual } = parseCalicoVersion(calicoVersion);
  return minor === undefined || minor === `${major}.${actual}`;
}

/** Whether this operator writes the mode that the plan, which goes by Calico's version, waits for. */
function writesAsPlanned(operatorVersion: string, calico: Parameters<typeof targetNftablesMode>[0]): boolean {
  const { version: calicoVersion } = calico;
  if (!hasNftables(calicoVersion)) return true; // PXS021 refuses it.
  if (Number(operatorVersion.split('.')[1]) < 36) return false;
  const written = expectedNftablesMode({ install: 'operator', calicoVersion, operatorVersion, dataplane: 'Nftables' });
  return written === targetNftablesMode(calico);
}
