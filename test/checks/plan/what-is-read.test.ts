import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashPlan } from '../../../src/checks/plan/hash-plan.ts';
import { makePlan } from '../../../src/checks/plan/make-plan.ts';
import { findingsOf, runChecks } from '../../../src/checks/run-checks.ts';
import type { PlainObject } from '../../../src/cluster/objects.ts';
import { type ExportChanges, exportedFacts } from '../support/exported-facts.ts';
import { clusterEntry, proof } from '../support/facts.ts';

/** The hash of the plan of an exported cluster, whose nodes are all seen in ipvs. */
async function hashOf(changes: ExportChanges = {}): Promise<string> {
  const facts = await exportedFacts(changes);
  facts.proxies = async () => (await facts.nodes()).map(({ name }) => proof(name, 'ipvs'));
  const findings = findingsOf(await runChecks(facts, { live: false }));
  return hashPlan(await makePlan({ entry: clusterEntry(), facts, findings }));
}

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}[a-z0-9]$/);
const text = fc.string({ maxLength: 20 });
const object = (apiVersion: string, kind: string, namespaces: fc.Arbitrary<string>): fc.Arbitrary<PlainObject> =>
  fc
    .record({ name, namespace: namespaces, data: fc.dictionary(name, text, { maxKeys: 3 }) })
    .map(({ data, ...metadata }) => ({ apiVersion, kind, metadata: { ...metadata, uid: metadata.name }, data }));
const elsewhere = fc.constantFrom('default', 'shop', 'monitoring');

/** Objects that no plan is made of: of other kinds, or in other namespaces. */
const others = fc.record({
  secrets: fc.array(object('v1', 'Secret', fc.constantFrom('kube-system', 'default')), { maxLength: 3 }),
  configmaps: fc.array(object('v1', 'ConfigMap', elsewhere), { maxLength: 3 }),
  deployments: fc.array(object('apps/v1', 'Deployment', elsewhere), { maxLength: 3 }),
  pods: fc.array(
    object('v1', 'Pod', elsewhere).map((pod) => ({ ...pod, spec: { containers: [{ name: 'app', image: 'app:1' }] } })),
    { maxLength: 3 },
  ),
});

describe('the hash that an approval names', () => {
  it('is the same whatever else is in the cluster', async () => {
    const before = await hashOf();
    await fc.assert(
      fc.asyncProperty(others, async (add) => {
        expect(await hashOf({ add })).toBe(before);
      }),
      { numRuns: 25 },
    );
  });

  it('is the same when only what the API server and controllers write has moved', async () => {
    const noise = fc.record({
      resourceVersion: fc.integer({ min: 1 }).map(String),
      generation: fc.constant(1),
      managedFields: fc.constant([{ manager: 'kubeadm', operation: 'Update', fieldsType: 'FieldsV1', fieldsV1: {} }]),
    });
    const before = await hashOf();
    const base = await exportedFacts();
    const seen = await base.object({
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      plural: 'daemonsets',
      namespace: 'kube-system',
      name: 'kube-proxy',
    });
    await fc.assert(
      fc.asyncProperty(noise, async (moved) => {
        const daemonSet = { ...Object(seen), metadata: { ...Object(seen).metadata, ...moved } };
        expect(await hashOf({ replace: { daemonsets: [daemonSet] } })).toBe(before);
      }),
      { numRuns: 10 },
    );
  });

  it('is another one when somebody edits an object that it stands on', async () => {
    const base = await exportedFacts();
    const ref = {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      plural: 'daemonsets',
      namespace: 'kube-system',
      name: 'kube-proxy',
    };
    const seen = Object(await base.object(ref));
    const edited = { ...seen, metadata: { ...seen.metadata, annotations: { 'example.com/edited': 'yes' } } };
    expect(await hashOf({ replace: { daemonsets: [edited] } })).not.toBe(await hashOf());
  });
});
