import { expect, it } from 'vitest';
import type { PlainObject } from '../../../src/cluster/objects.ts';
import { felixConfiguration, manifestCalico, operatorCalico } from '../../fixtures/objects/ebpf.ts';
import { ebpfResult } from '../support/ebpf-facts.ts';

const key = 'operator.tigera.io/bpfEnabled';
const byOperator = (...felix: PlainObject[]) => ebpfResult('PXS089', { calico: operatorCalico({ felix }) });

it.each([
  ['true, against the annotation', { bpfEnabled: true }, { [key]: 'false' }, `${key}=true --overwrite`],
  ['true, without an annotation', { bpfEnabled: true }, {}, `${key}=true --overwrite`],
  ['false, without an annotation', { bpfEnabled: false }, {}, `${key}=false --overwrite`],
  ['taken away, with the annotation left', {}, { [key]: 'true' }, `${key}-`],
])('blocks a field that is %s', async (_, spec, annotations, command) => {
  expect((await byOperator(felixConfiguration('default', spec, annotations))).findings).toMatchObject([
    {
      severity: 'blocker',
      message: expect.stringContaining('was set by hand'),
      objects: ['FelixConfiguration default'],
      command: `kubectl annotate felixconfigurations.crd.projectcalico.org default ${command}`,
    },
  ]);
});

it('is content where field and annotation agree, or neither is there', async () => {
  expect(await byOperator(felixConfiguration('default'))).toMatchObject({ verdict: 'ok' });
  expect(await byOperator(felixConfiguration('default', { bpfEnabled: true }, { [key]: 'true' }))).toMatchObject({
    verdict: 'ok',
  });
  expect(await byOperator(felixConfiguration('default', {}, {}))).toMatchObject({ verdict: 'ok' });
  expect(await byOperator()).toMatchObject({ verdict: 'ok' });
});

it('notes eBPF mode that an install by manifests has already', async () => {
  const on = manifestCalico({ felix: [felixConfiguration('default', { bpfEnabled: true }, {})] });
  expect((await ebpfResult('PXS089', { calico: on })).findings).toMatchObject([{ severity: 'note' }]);
  expect(await ebpfResult('PXS089', { calico: manifestCalico() })).toMatchObject({ verdict: 'ok' });
});

it('blocks eBPF mode that is set for some nodes alone', async () => {
  const result = await byOperator(
    felixConfiguration('default'),
    felixConfiguration('node.worker-2', { bpfEnabled: false }, {}),
    felixConfiguration('node.worker-1', { bpfEnabled: true }, {}),
    felixConfiguration('node.worker-3', {}, {}),
  );
  expect(result.findings).toMatchObject([
    {
      severity: 'blocker',
      message: expect.stringMatching(/: FelixConfiguration node\.worker-1, node\.worker-2$/),
      objects: ['FelixConfiguration node.worker-1', 'FelixConfiguration node.worker-2'],
    },
  ]);
});

it('is unknown without FelixConfigurations', async () => {
  expect(await ebpfResult('PXS089', { without: ['felixconfigurations'] })).toMatchObject({ verdict: 'unknown' });
});
