import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { felixStateFromLog } from '../../../src/cluster/calico/felix-lines.ts';
import { ContainerLog } from '../../../src/rehearsal/actors/container-log.ts';
import { Felix, type FelixSettings } from '../../../src/rehearsal/actors/felix.ts';
import { NodeKernel } from '../../../src/rehearsal/actors/kernel.ts';
import { type CalicoVersion, calicoReleases } from '../../../src/rehearsal/objects/calico-version.ts';
import { testTiming } from '../../../src/rehearsal/timing.ts';

const stopped: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stopped.splice(0)) await stop();
});

/** A Felix that runs, and what a test may do to it. */
function start(version: CalicoVersion, first: FelixSettings, { fails = false } = {}) {
  const kernel = new NodeKernel('6.8.0-45-generic');
  const log = new ContainerLog();
  let settings = first;
  let read = 0;
  const felix = new Felix({
    release: calicoReleases[version],
    kernel,
    log,
    timing: testTiming,
    settings: () => settings,
    fails: () => fails,
    bpfEnabled: () => false,
    onStarted: () => undefined,
  });
  const end = new AbortController();
  const running = felix.run(end.signal);
  stopped.push(async () => {
    end.abort();
    await running;
  });
  return {
    felix,
    kernel,
    state: () => felixStateFromLog(log.lines.map(({ text }) => text)),
    set: (next: FelixSettings) => {
      settings = next;
      felix.settingsChanged();
    },
    /** Resolves once a line has it, after the one that was asked for last. */
    line: async (part: string): Promise<void> => {
      for (;;) {
        const at = log.lines.findIndex(({ text }, index) => index >= read && text.includes(part));
        if (at >= 0) {
          read = at + 1;
          return;
        }
        await once(log, 'line');
      }
    },
  };
}

describe('a FelixConfiguration of one node', () => {
  it('is stronger than default: its Felix restarts into nftables, and names where it has that from', async () => {
    const { felix, set, state, line } = start('3.31', { global: 'Disabled' });
    await line('Using internal');
    set({ perHost: 'Enabled', global: 'Disabled' });
    await line('Exiting for config change rc=129');
    await line('Using internal');
    expect(state()).toMatchObject({ nftablesMode: { value: 'Enabled', source: 'datastore (per-host)' } });
    expect(felix.useNftables).toBe(true);
  });

  it('taken away where default says the same: another source, and no restart', async () => {
    const { set, state, line } = start('3.31', { perHost: 'Enabled', global: 'Enabled' });
    await line('Using internal');
    const { starts } = state();
    set({ global: 'Enabled' });
    await line('Parsed value for NFTablesMode: Enabled (from datastore (global))');
    expect(state()).toMatchObject({
      starts,
      restarting: false,
      nftablesMode: { value: 'Enabled', source: 'datastore (global)' },
    });
    // The next change is one, and is taken in: it was not missed meanwhile.
    set({ global: 'Disabled' });
    await line('Exiting for config change rc=129');
  });

  it('taken away where default says otherwise: back to iptables', async () => {
    const { felix, set, line } = start('3.31', { perHost: 'Enabled', global: 'Disabled' });
    await line('Using internal');
    set({ global: 'Disabled' });
    await line('Exiting for config change rc=129');
    await line('Using internal');
    expect(felix.useNftables).toBe(false);
  });
});

describe('a Felix in Auto', () => {
  it('takes the dataplane of its kube-proxy, there and back', async () => {
    const { felix, kernel, line } = start('3.32', { global: 'Auto' });
    await line('useNftables=false');
    kernel.set({ nftablesTable: true });
    await line('kube-proxy nftables mode changed. Restart felix.');
    await line('useNftables=true');
    expect(felix.useNftables).toBe(true);
    kernel.set({ nftablesTable: false, ipvsInterface: true });
    await line('kube-proxy mode changed. Restart felix.');
    await line('useNftables=false');
    expect(felix.useNftables).toBe(false);
  });
});

describe('a Felix that cannot program nftables', () => {
  it('says so, dies and starts again, and is well again in iptables', async () => {
    const { felix, set, state, line } = start('3.31', { global: 'Enabled' }, { fails: true });
    await line('Failed to program nftables, will retry');
    expect(state().failure).toContain('will retry');
    await line('giving up after retries');
    await line('Failed to program nftables, will retry');
    expect(felix.useNftables).toBeUndefined();
    set({ global: 'Disabled' });
    await line('Exiting for config change rc=129');
    await line('Using internal');
    expect(state().failure).toBeUndefined();
    expect(felix.useNftables).toBe(false);
  });
});
