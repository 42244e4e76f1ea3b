import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type CustomResourceDefinition, calicoCrds, calicoMinors, operatorModules } from '../../src/rehearsal/crds.ts';

/** The part of a schema by which proxyshift detects what a Calico can do. */
const versionsSchema = z.array(
  z.object({ name: z.string(), served: z.boolean(), schema: z.object({ openAPIV3Schema: z.unknown() }) }),
);
const fieldSchema = z.object({ type: z.string(), enum: z.array(z.string()).optional() });

/** The schema of one field of the served version, by its path below the object. */
function field(crd: CustomResourceDefinition | undefined, ...path: string[]): z.infer<typeof fieldSchema> {
  const version = versionsSchema.parse(crd?.spec.versions).find(({ served }) => served);
  let schema: unknown = version?.schema.openAPIV3Schema;
  for (const name of path)
    schema = z.looseObject({ properties: z.record(z.string(), z.unknown()) }).parse(schema).properties[name];
  return fieldSchema.parse(schema);
}

const byKind = (crds: CustomResourceDefinition[], kind: string) => crds.find(({ spec }) => spec.names.kind === kind);

describe.each(calicoMinors)('Calico %s', (minor) => {
  test("has Calico's and the operator's CRDs after an operator install", async () => {
    const crds = await calicoCrds(minor, 'operator');
    expect(crds.map(({ metadata }) => metadata.name)).toEqual([
      'installations.operator.tigera.io',
      'tigerastatuses.operator.tigera.io',
      'felixconfigurations.crd.projectcalico.org',
      'clusterinformations.crd.projectcalico.org',
      'ippools.crd.projectcalico.org',
    ]);
  });

  test('takes Nftables in an Installation, in its spec and its computed copy', async () => {
    const installation = byKind(await calicoCrds(minor, 'operator'), 'Installation');
    const path = ['calicoNetwork', 'linuxDataplane'];
    expect(field(installation, 'spec', ...path).enum).toContain('Nftables');
    expect(field(installation, 'status', 'computed', ...path).enum).toContain('Nftables');
    expect(field(installation, 'spec', 'calicoNetwork', 'linuxPolicySetupTimeoutSeconds').type).toBe('integer');
  });

  test("has only Calico's own CRDs after a manifest install, and nftablesMode in a FelixConfiguration", async () => {
    const crds = await calicoCrds(minor, 'manifest');
    expect(crds.map(({ spec }) => spec.group)).toEqual(Array(3).fill('crd.projectcalico.org'));
    expect(field(byKind(crds, 'FelixConfiguration'), 'spec', 'nftablesMode').type).toBe('string');
  });
});

test('the operator of each minor is the one that is documented', () => {
  expect(operatorModules).toEqual({ '3.30': 'v1.41.1', '3.31': 'v1.41.1', '3.32': 'v1.42.4' });
});
