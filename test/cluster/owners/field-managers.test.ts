import { describe, expect, test } from 'vitest';
import { managersOf } from '../../../src/cluster/owners/field-managers.ts';
import { type ManagedBy, managedConfigMap } from '../../fixtures/objects/owned.ts';

const path = ['data', 'config.conf'];
const managers = (...managedFields: ManagedBy[]) => managersOf(managedConfigMap({ managedFields }), path);

describe('managersOf', () => {
  test.each([
    ['the field', { 'f:data': { '.': {}, 'f:config.conf': {} } }, true],
    ['a parent as a whole', { 'f:data': {} }, true],
    ['another key', { 'f:data': { 'f:kubeconfig.conf': {} } }, false],
    ['that the parent is there', { 'f:data': { '.': {} } }, false],
    ['labels', { 'f:metadata': { 'f:labels': { 'f:app': {} } } }, false],
    ['nothing', {}, false],
  ])('who owns %s', (_, fieldsV1, owns) => {
    expect(managers({ manager: 'x', operation: 'Apply', fieldsV1 })).toEqual(
      owns ? [{ manager: 'x', operation: 'Apply' }] : [],
    );
  });

  test('a field below the one that is asked for counts', () => {
    const object = managedConfigMap({
      managedFields: [{ manager: 'x', operation: 'Update', fieldsV1: { 'f:data': { 'f:config.conf': {} } } }],
    });
    expect(managersOf(object, ['data'])).toEqual([{ manager: 'x', operation: 'Update' }]);
    expect(managersOf(object)).toEqual([{ manager: 'x', operation: 'Update' }]);
  });

  test('who writes the status only does not count', () => {
    const fieldsV1 = { 'f:data': { 'f:config.conf': {} } };
    expect(managers({ manager: 'x', operation: 'Update', subresource: 'status', fieldsV1 })).toEqual([]);
  });

  test('without managedFields it is not known who, which is not nobody', () => {
    expect(managers()).toBeUndefined();
    expect(managersOf({ metadata: { name: 'kube-proxy' } }, path)).toBeUndefined();
  });

  test('managedFields of another shape are not passed over', () => {
    expect(() => managersOf({ metadata: { name: 'x', managedFields: 'none' } }, path)).toThrow();
  });
});
