import { describe, expect, test } from 'vitest';
import {
  felixConfigurationSchema,
  installationSchema,
  tigeraStatusHealth,
  tigeraStatusSchema,
} from '../../../src/cluster/calico/installation-schema.ts';

const status = (
  ...conditions: [type: string, status: string, observedGeneration?: number, reason?: string, message?: string][]
) =>
  tigeraStatusSchema.parse({
    metadata: { name: 'calico' },
    status: {
      conditions: conditions.map(([type, value, observedGeneration, reason, message]) => ({
        type,
        status: value,
        observedGeneration,
        reason,
        message,
        lastTransitionTime: '2025-11-22T15:15:43Z',
      })),
    },
  });

describe('waiting for the operator', () => {
  test('settled: Available for this generation or a newer one', () => {
    const seen = status(['Available', 'True', 7], ['Progressing', 'False', 7], ['Degraded', 'False', 7]);
    expect(tigeraStatusHealth(seen, 7).settled).toBe(true);
    expect(tigeraStatusHealth(seen, 6).settled).toBe(true);
  });
  test('an operator that is dead keeps saying Available for the old generation: not settled', () => {
    expect(tigeraStatusHealth(status(['Available', 'True', 6]), 7)).toEqual({
      settled: false,
      why: 'TigeraStatus calico is Available for generation 6, not yet for 7; is the operator running?',
    });
    expect(tigeraStatusHealth(status(['Available', 'True']), 7).settled).toBe(false);
  });
  test('Degraded of this generation is told, of an older one only waited for', () => {
    const why = [
      'Degraded',
      'True',
      7,
      'InvalidConfigurationError',
      'supported only for the Iptables and BPF Linux dataplanes',
    ] as const;
    expect(tigeraStatusHealth(status(['Available', 'True', 7], [...why]), 7)).toMatchObject({
      settled: false,
      degraded: 'InvalidConfigurationError: supported only for the Iptables and BPF Linux dataplanes',
    });
    const old = tigeraStatusHealth(status([...why]), 8);
    expect(old.settled).toBe(false);
    expect(old.degraded).toBeUndefined();
  });
  test.each([
    [status(), 'has no condition Available yet'],
    [tigeraStatusSchema.parse({ metadata: { name: 'calico' } }), 'has no condition Available yet'],
    [status(['Available', 'False', 7]), 'is not Available'],
    [
      status(['Available', 'True', 7], ['Progressing', 'True', 7, 'ResourceNotReady', '1 of 3 pods']),
      'is Progressing: ResourceNotReady: 1 of 3 pods',
    ],
  ])('not settled, and why (%#)', (seen, why) => {
    expect(tigeraStatusHealth(seen, 7).settled).toBe(false);
    expect(tigeraStatusHealth(seen, 7).why).toContain(why);
  });
});

describe('reading the objects', () => {
  test('what is not known stays in the object', () => {
    const object = {
      metadata: { name: 'default', generation: 3, managedFields: [] },
      spec: {
        variant: 'Calico',
        calicoNetwork: { linuxDataplane: 'Iptables', linuxPolicySetupTimeoutSeconds: 0, mtu: 1440 },
        cni: { type: 'Calico' },
      },
      status: { variant: 'Calico', calicoVersion: 'v3.31.7', mtu: 1440 },
    };
    expect(installationSchema.parse(object)).toEqual(object);
  });
  test('null, as a merge patch leaves it, and empty objects', () => {
    expect(
      installationSchema.parse({ metadata: { name: 'default' }, spec: { calicoNetwork: null } }).spec.calicoNetwork,
    ).toBeNull();
    expect(felixConfigurationSchema.parse({ metadata: { name: 'default' } }).spec.nftablesMode).toBeUndefined();
  });
  test('a dataplane or mode that nobody knows is refused', () => {
    expect(() =>
      installationSchema.parse({ metadata: { name: 'default' }, spec: { calicoNetwork: { linuxDataplane: 'Magic' } } }),
    ).toThrow();
    expect(() =>
      felixConfigurationSchema.parse({ metadata: { name: 'default' }, spec: { nftablesMode: 'On' } }),
    ).toThrow();
  });
});
