import { describe, expect, it } from 'vitest';
import { ownParts } from '../../src/cluster/own-parts.ts';

const fromServer = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'kube-proxy',
    namespace: 'kube-system',
    uid: '0f3c5a6e-1111-4222-8333-444455556666',
    resourceVersion: '4711',
    generation: 2,
    creationTimestamp: '2025-11-22T15:15:43Z',
    managedFields: [{ manager: 'kubeadm' }],
    labels: { app: 'kube-proxy' },
    annotations: { note: 'hands off' },
    ownerReferences: [{ kind: 'Addon' }],
    finalizers: ['example.com/keep'],
  },
  data: { 'config.conf': 'mode: ipvs\n' },
  immutable: false,
  status: { seen: true },
};

describe('ownParts', () => {
  it.each([
    [{ 'deprecated.daemonset.template.generation': '3' }, undefined],
    [{ 'deprecated.daemonset.template.generation': '3', note: 'hands off' }, { note: 'hands off' }],
    [{}, {}],
  ])('does not keep the number that the API server gives the template of a DaemonSet: %o', (annotations, own) => {
    const object = { ...fromServer, metadata: { ...fromServer.metadata, annotations } };
    expect(ownParts(object).metadata.annotations).toEqual(own);
  });

  it('keeps what a person wrote, and nothing that would make kubectl replace fail', () => {
    expect(ownParts(fromServer)).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'kube-proxy',
        namespace: 'kube-system',
        labels: { app: 'kube-proxy' },
        annotations: { note: 'hands off' },
      },
      data: { 'config.conf': 'mode: ipvs\n' },
      immutable: false,
    });
  });

  it('is the same before and after a write of another field manager', () => {
    const metadata = { ...fromServer.metadata, resourceVersion: '4712', generation: 3, managedFields: [] };
    expect(ownParts({ ...fromServer, metadata, status: {} })).toEqual(ownParts(fromServer));
  });

  it('taken twice is the same as once', () => {
    expect(ownParts(ownParts(fromServer))).toEqual(ownParts(fromServer));
  });

  it('does not invent a namespace, labels or annotations, nor change what it was given', () => {
    const object = { metadata: { name: 'default' }, spec: { a: { b: null } } };
    const before = structuredClone(object);
    expect(Object.keys(ownParts(object).metadata)).toEqual(['name']);
    expect(ownParts(object)).toEqual(before);
    expect(object).toEqual(before);
  });

  it('a status inside of the spec stays', () => {
    expect(ownParts({ metadata: { name: 'a' }, spec: { status: 'on' } })).toMatchObject({ spec: { status: 'on' } });
  });

  it.each([
    ['nothing', undefined],
    ['no metadata', { spec: {} }],
    ['no name', { metadata: {} }],
    ['text', 'kube-proxy'],
  ])('refuses %s: it would be saved as an object and restored over a real one', (_, object) => {
    expect(() => ownParts(object)).toThrow();
  });
});
