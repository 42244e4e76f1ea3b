import { describe, expect, it } from 'vitest';
import { restartGroups } from '../../src/model/restart-groups.ts';

const worker = (name: string, zone?: string) => ({
  name,
  controlPlane: false,
  labels: zone === undefined ? {} : { 'topology.kubernetes.io/zone': zone },
});
const controlPlane = (name: string) => ({ ...worker(name, 'a'), controlPlane: true });

describe('groups of nodes to restart', () => {
  it('are workers by zone, then the control plane by itself', () => {
    const nodes = [controlPlane('cp-1'), worker('node-10', 'a'), worker('node-2', 'a'), worker('node-3', 'b')];
    expect(restartGroups(nodes)).toEqual([
      { name: 'workers-a', nodes: ['node-2', 'node-10'] },
      { name: 'workers-b', nodes: ['node-3'] },
      { name: 'control-plane', nodes: ['cp-1'] },
    ]);
  });

  it('are the same in whatever order the nodes come', () => {
    const nodes = [worker('node-1', 'b'), worker('node-2', 'a'), controlPlane('cp-2'), controlPlane('cp-1')];
    expect(restartGroups(nodes.toReversed())).toEqual(restartGroups(nodes));
  });

  it('need no zones', () => {
    expect(restartGroups([worker('node-1'), worker('node-2')])).toEqual([
      { name: 'workers', nodes: ['node-1', 'node-2'] },
    ]);
    expect(restartGroups([])).toEqual([]);
  });

  it('are no more than a person would want to confirm, and hold every node once', () => {
    const nodes = Array.from({ length: 500 }, (_, index) => worker(`node-${index}`, `zone-${index % 40}`));
    const groups = restartGroups(nodes);
    expect(groups.length).toBeLessThanOrEqual(12);
    expect(groups.flatMap((group) => group.nodes).sort()).toEqual(nodes.map(({ name }) => name).sort());
    expect(new Set(groups.map(({ name }) => name)).size).toBe(groups.length);
  });
});
