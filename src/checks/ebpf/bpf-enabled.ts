import { z } from 'zod';
import type { Finding } from '../../model/finding.ts';
import { onCalico } from '../calico/on-calico.ts';
import { type Check, few, finding } from '../check.ts';
import { calicoObjects } from './calico-objects.ts';

const code = 'PXS089';
const annotation = 'operator.tigera.io/bpfEnabled';

const felixSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), annotations: z.record(z.string(), z.string()).default({}) }),
  spec: z.looseObject({ bpfEnabled: z.boolean().nullish() }).prefault({}),
});
type Felix = z.infer<typeof felixSchema>;

/**
 * The operator writes bpfEnabled once calico-node is rolled out, and an annotation with it. Where the two are not the same it
 * takes the field for a user's and stops (`bpfValidateAnnotations` in pkg/controller/installation/bpf.go of 1.44).
 */
export const bpfEnabled: Check = {
  code,
  category: 'ebpf',
  target: 'ebpf',
  title: 'bpfEnabled is left to the operator',
  looksAt: `bpfEnabled of every FelixConfiguration, and annotation ${annotation} of default`,
  run: onCalico(async ({ install }, facts) => {
    const all = (await calicoObjects(facts, 'felixconfigurations')).map((object) => felixSchema.parse(object));
    const byDefault = all.find(({ metadata }) => metadata.name === 'default');
    const saw = `bpfEnabled of default: ${byDefault?.spec.bpfEnabled ?? 'not set'}, annotation: ${byDefault?.metadata.annotations[annotation] ?? 'not set'}`;
    const scoped = all.filter(
      ({ metadata, spec }) => metadata.name !== 'default' && typeof spec.bpfEnabled === 'boolean',
    );
    const findings = [
      ...(byDefault ? (install === 'operator' ? takenByHand(byDefault) : alreadyOn(byDefault)) : []),
      ...onSomeNodes(scoped.map(({ metadata }) => metadata.name).sort()),
    ];
    return { saw, findings };
  }),
};

function takenByHand({ metadata, spec }: Felix): Finding[] {
  const field = spec.bpfEnabled ?? undefined;
  const mark = metadata.annotations[annotation] || undefined;
  if (mark === (field === undefined ? undefined : String(field))) return [];
  const message = `bpfEnabled of FelixConfiguration default is ${field ?? 'not set'}, the operator's annotation says ${mark ?? 'nothing'}: it was set by hand, and the operator will not write it`;
  const value = field === undefined ? `${annotation}-` : `${annotation}=${field} --overwrite`;
  const more = {
    objects: ['FelixConfiguration default'],
    fix: 'Make the annotation say what the field says: the operator takes it from there',
    command: `kubectl annotate felixconfigurations.crd.projectcalico.org default ${value}`,
  };
  return [finding(code, 'blocker', message, more)];
}

function alreadyOn({ spec }: Felix): Finding[] {
  if (spec.bpfEnabled !== true) return [];
  const message = 'bpfEnabled of FelixConfiguration default is true: this cluster runs eBPF mode already, by hand';
  return [finding(code, 'note', message, { objects: ['FelixConfiguration default'] })];
}

/** Some nodes in eBPF mode and some not: not supported (Calico's documentation). */
function onSomeNodes(names: readonly string[]): Finding[] {
  if (names.length === 0) return [];
  const message = `bpfEnabled is set for some nodes alone, and Calico does not support eBPF mode on some of them: FelixConfiguration ${few(names)}`;
  const more = {
    objects: names.map((name) => `FelixConfiguration ${name}`),
    fix: 'Take bpfEnabled out of these objects',
    command: `kubectl patch felixconfigurations.crd.projectcalico.org ${names[0]} --type merge -p '{"spec":{"bpfEnabled":null}}'`,
  };
  return [finding(code, 'blocker', message, more)];
}
