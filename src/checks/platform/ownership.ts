import { describeRef, type ObjectRef } from '../../cluster/objects.ts';
import type { FieldPath } from '../../cluster/owners/field-managers.ts';
import { ownersOf } from '../../cluster/owners/owners.ts';
import type { Finding, Severity } from '../../model/finding.ts';
import { few, finding, type Seen } from '../check.ts';
import type { ClusterFacts } from '../facts.ts';

/** What is to be said of the owners of one object. */
export interface OwnershipQuestion {
  code: string;
  ref: ObjectRef;
  /** What a run writes, or depends on. */
  field: FieldPath;
  severity: Severity;
  /** What it means for a run that somebody else writes the object; goes on after who does. */
  means: (reverts: string) => string;
}

/** Looks for owners of an object, and for others who wrote the field. */
export async function ownership(facts: ClusterFacts, question: OwnershipQuestion): Promise<Seen> {
  const { code, ref, field, severity, means } = question;
  const name = describeRef(ref);
  const object = await facts.object(ref);
  if (object === undefined) return { saw: `no ${name}`, findings: [] };
  const { owners, strangers, managers } = ownersOf(object, field);
  const objects = [name];
  const show = `kubectl${ref.namespace ? ` -n ${ref.namespace}` : ''} get ${ref.plural} ${ref.name} -o yaml --show-managed-fields`;
  const findings: Finding[] = owners.map((owner) => {
    const message = `${owner.name} manages ${name} (${owner.evidence}): ${means(`it ${owner.reverts}`)}`;
    return finding(code, severity, message, { objects, fix: owner.fix, command: owner.command });
  });
  if (strangers.length > 0) {
    const message = `${few(strangers)} wrote ${field.join('.')} of ${name}; whether it will again cannot be told`;
    findings.push(finding(code, 'note', message, { objects, command: show }));
  }
  if (managers === undefined) {
    const message = `${name} comes without managedFields: owners that leave no label on it cannot be seen`;
    const fix = 'Export it with --show-managed-fields';
    findings.push(finding(code, 'note', message, { objects, fix, command: show }));
  }
  const seen = managers === undefined ? 'field managers not known' : `field managers: ${managers.join(', ') || 'none'}`;
  const owning = owners.map((owner) => `${owner.name} (${owner.evidence})`).join(', ');
  return { saw: owning === '' ? seen : `${owning}; ${seen}`, findings };
}
