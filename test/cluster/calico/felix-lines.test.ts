import { describe, expect, test } from 'vitest';
import {
  createFelixTracker,
  felixAgrees,
  felixStateFromLog,
  whyFelixDisagrees,
} from '../../../src/cluster/calico/felix-lines.ts';

/** A line as Felix formats it (libcalico-go/lib/logutils/logutils.go). */
const felix = (message: string, { at = '2025-11-22 15:15:43.981', level = 'INFO', file = 'daemon.go 132' } = {}) =>
  `${at} [${level}][65] felix/${file}: ${message}`;
const startingUp = (at?: string) =>
  felix('Felix starting up GOMAXPROCS=2 builddate="" gitcommit="" version="v3.31.7"', at ? { at } : {});
const loaded = (mode: string, at?: string) =>
  felix(
    `Successfully loaded configuration. GOMAXPROCS=2 config=&config.Config{UseInternalDataplaneDriver:true, NFTablesMode:"${mode}", Ipv6Support:true} version="v3.31.7"`,
    at ? { at } : {},
  );
const parsed = (mode: string, source = 'datastore (global)') =>
  felix(`Parsed value for NFTablesMode: ${mode} (from ${source})`, { file: 'config_params.go 807' });
const skipped = (weak: string, strong: string) =>
  felix(`Skipping config value for NFTablesMode from ${weak}; already have a value from ${strong}`);
const driver = felix('Using internal (linux) dataplane driver.', { file: 'driver.go 76' });
const ipvs = felix('Kube-proxy in ipvs mode, enabling felix kube-proxy ipvs support.', { file: 'driver.go 85' });
const markBits = felix('Calculated iptables mark bits acceptMark=0x10000', { file: 'driver.go 164' });
const decided = (use: boolean) =>
  felix(`Determined whether or not to use nftables calicoMode="Auto" kubeProxyEnabled=${use} useNftables=${use}`, {
    file: 'int_dataplane.go 1518',
  });
const exiting = felix('Exiting for config change rc=129');

/** What a Felix of the operator's or the manifests' DaemonSet prints: nothing of INFO before it has its configuration. */
const quietStart = (mode: string, ...more: string[]) => [loaded(mode), driver, ...more, markBits];

describe('the last start', () => {
  test('default logging: the first line is the loaded configuration', () => {
    const state = felixStateFromLog([...quietStart('Disabled', ipvs), parsed('Disabled')]);
    expect(state).toMatchObject({
      starts: 1,
      startedAt: '2025-11-22 15:15:43.981',
      nftablesMode: { value: 'Disabled' },
      dataplaneStarted: true,
      ipvsSupport: true,
      restarting: false,
    });
    expect(state.failure).toBeUndefined();
  });
  test('with early logging both lines are one start', () => {
    const state = felixStateFromLog([
      startingUp('2025-11-22 15:00:00.000'),
      parsed('Enabled'),
      loaded('Enabled'),
      driver,
      markBits,
    ]);
    expect(state).toMatchObject({
      starts: 1,
      startedAt: '2025-11-22 15:00:00.000',
      nftablesMode: { value: 'Enabled', source: 'datastore (global)', line: parsed('Enabled') },
      ipvsSupport: false,
    });
  });
  test('a new start inside the container resets everything', () => {
    const state = felixStateFromLog([
      ...quietStart('Disabled', ipvs),
      felix('kube-proxy mode changed. Restart felix. ipvsIfaceState="" ipvsSupport=true'),
      felix('Failed to program nftables, will retry error=x', { level: 'WARNING' }),
      exiting,
      ...quietStart('Enabled'),
      parsed('Enabled', 'datastore (per-host)'),
      skipped('datastore (global)', 'datastore (per-host)'),
    ]);
    expect(state).toMatchObject({
      starts: 2,
      ipvsSupport: false,
      restarting: false,
      nftablesMode: { value: 'Enabled' },
    });
    expect(state.failure).toBeUndefined();
    expect(state.lines[0]).toContain('Successfully loaded configuration.');
  });
  test("the kubelet's stamp is taken where there is one", () => {
    expect(felixStateFromLog([`2025-11-22T15:15:44.1Z ${loaded('Enabled')}`]).startedAt).toBe('2025-11-22T15:15:44.1Z');
  });
  test('a log without a start tells what it can', () => {
    expect(felixStateFromLog([])).toEqual({
      starts: 0,
      dataplaneStarted: false,
      ipvsSupport: undefined,
      restarting: false,
      lines: [],
    });
    expect(felixStateFromLog([parsed('Enabled')])).toMatchObject({ starts: 0, nftablesMode: { value: 'Enabled' } });
  });
  test('the several kilobytes of configuration are not kept', () => {
    expect(felixStateFromLog([loaded('Enabled')]).lines[0]).toContain('config=…NFTablesMode:"Enabled"…');
  });
});

describe('which source wins', () => {
  const before = [startingUp()];
  test('the strongest comes first, the weaker are skipped', () => {
    const state = felixStateFromLog([
      ...before,
      parsed('Disabled', 'environment variable'),
      parsed('Enabled', 'datastore (per-host)'),
      skipped('datastore (per-host)', 'environment variable'),
      parsed('Auto', 'datastore (global)'),
      skipped('datastore (global)', 'environment variable'),
    ]);
    expect(state.nftablesMode).toMatchObject({ value: 'Disabled', source: 'environment variable' });
  });
  test('a line of another goroutine in between changes nothing', () => {
    const state = felixStateFromLog([
      ...quietStart('Enabled'),
      parsed('Enabled', 'datastore (per-host)'),
      parsed('Disabled'),
      felix('Linux interface addrs changed. addrs=set.Set{} ifaceName="eth0"'),
      skipped('datastore (global)', 'datastore (per-host)'),
    ]);
    expect(state).toMatchObject({
      restarting: false,
      nftablesMode: { value: 'Enabled', source: 'datastore (per-host)' },
    });
  });
  test('a later pass over the sources counts', () => {
    const state = felixStateFromLog([
      ...before,
      parsed('Disabled'),
      parsed('Enabled', 'datastore (per-host)'),
      parsed('Disabled'),
      skipped('datastore (global)', 'datastore (per-host)'),
    ]);
    expect(state.nftablesMode).toMatchObject({ value: 'Enabled', source: 'datastore (per-host)' });
  });
  test('an invalid value: what Felix made of it', () => {
    const state = felixStateFromLog([
      ...before,
      felix('Parsing value for NFTablesMode: Auto (from datastore (global))'),
      felix('Replacing invalid value with default default="Disabled" source=datastore (global)', { level: 'WARNING' }),
      parsed('Disabled'),
    ]);
    expect(state.nftablesMode?.value).toBe('Disabled');
  });
});

describe('a change that this Felix only learned of', () => {
  const running = [...quietStart('Disabled'), parsed('Disabled')];
  test('is not taken for done: Felix is about to restart', () => {
    const state = felixStateFromLog([...running, parsed('Enabled')]);
    expect(state.restarting).toBe(true);
    expect(felixAgrees(state, { value: 'Enabled', calicoVersion: 'v3.31.7', useNftables: true })).toBe(false);
  });
  test.each([
    exiting,
    felix('kube-proxy mode changed. Restart felix. ipvsIfaceState="up" ipvsSupport=false'),
    felix('kube-proxy nftables mode changed. Restart felix. current=true previous=false'),
    felix(
      'Configuration value changed; change DOES require Felix to restart. key="NFTablesMode" newValue="Enabled" oldValue=""',
    ),
  ])('%s', (line) => expect(felixStateFromLog([...running, line]).restarting).toBe(true));
  test('nor where nothing was configured before', () => {
    const state = felixStateFromLog([startingUp(), driver, parsed('Enabled')]);
    expect(state.restarting).toBe(true);
  });
  test('a change that needs no restart is none', () => {
    const line = felix('Configuration value changed; change DOES NOT require Felix to restart. key="X"');
    expect(felixStateFromLog([...running, line]).restarting).toBe(false);
  });
});

describe('failures', () => {
  const running = quietStart('Enabled');
  test('the panic, and a retry that has not succeeded', () => {
    const panic = felix('Failed to program nftables, giving up after retries error=x', {
      level: 'PANIC',
      file: 'table.go 874',
    });
    expect(felixStateFromLog([...running, panic]).failure).toBe(panic);
    const retry = felix('Failed to program nftables, will retry error=x', { level: 'WARNING' });
    expect(felixStateFromLog([...running, retry]).failure).toBe(retry);
    expect(
      felixStateFromLog([...running, retry, felix('Succeeded after retry.', { level: 'WARNING' })]).failure,
    ).toBeUndefined();
  });
  test('a fatal line of Felix counts, one of its neighbours in the container does not', () => {
    const fatal = felix('Exiting.', { level: 'FATAL' });
    expect(felixStateFromLog([...running, fatal]).failure).toBe(fatal);
    expect(felixStateFromLog([...running, fatal.replace('felix/', 'confd/')]).failure).toBeUndefined();
  });
});

describe('agreement with what is wanted', () => {
  const why = (lines: string[], calicoVersion: string, value: 'Auto' | 'Enabled' | 'Disabled', useNftables: boolean) =>
    whyFelixDisagrees(felixStateFromLog(lines), { value, calicoVersion, useNftables });
  test('3.31: Enabled programs nftables', () => {
    expect(why(quietStart('Enabled'), 'v3.31.7', 'Enabled', true)).toBeUndefined();
    expect(why(quietStart('Disabled'), 'v3.31.7', 'Enabled', true)).toContain('NFTablesMode Disabled');
    expect(why(quietStart('Disabled'), 'v3.31.7', 'Disabled', false)).toBeUndefined();
  });
  test('3.32: Auto is an intent, the decision counts', () => {
    expect(why(quietStart('Auto'), 'v3.32.1', 'Auto', true)).toContain('has not decided');
    expect(why([...quietStart('Auto'), decided(false)], 'v3.32.1', 'Auto', true)).toContain('programs iptables');
    expect(why([...quietStart('Auto'), decided(true)], 'v3.32.1', 'Auto', true)).toBeUndefined();
    expect(why([...quietStart('Auto'), decided(false)], 'v3.32.1', 'Auto', false)).toBeUndefined();
  });
  test('ready to follow kube-proxy: in Auto, with what was decided by it, and never beside kube-ipvs0', () => {
    const prepared = { value: 'Auto', calicoVersion: 'v3.32.1', useNftables: 'as-kube-proxy' } as const;
    const disagrees = (lines: string[]) => whyFelixDisagrees(felixStateFromLog(lines), prepared);
    expect(disagrees([...quietStart('Auto', ipvs), decided(false)])).toBeUndefined();
    expect(disagrees([...quietStart('Auto'), decided(true)])).toBeUndefined();
    expect(disagrees([...quietStart('Auto', ipvs), decided(true)])).toContain('kube-ipvs0');
    expect(disagrees([...quietStart('Disabled', ipvs), decided(false)])).toContain('NFTablesMode Disabled');
    expect(disagrees(quietStart('Auto', ipvs))).toContain('has not decided');
  });
  test('a value that has to come from one source, where the log tells it', () => {
    const perHost = {
      value: 'Enabled',
      calicoVersion: 'v3.31.7',
      useNftables: true,
      source: 'datastore (per-host)',
    } as const;
    const disagrees = (...lines: string[]) =>
      whyFelixDisagrees(felixStateFromLog([...quietStart('Enabled'), ...lines]), perHost);
    expect(disagrees()).toBeUndefined();
    expect(disagrees(parsed('Enabled', 'datastore (per-host)'))).toBeUndefined();
    expect(disagrees(parsed('Enabled', 'datastore (per-host)'), parsed('Enabled'))).toContain('datastore (global)');
    const both = [parsed('Enabled', 'datastore (per-host)'), parsed('Enabled')];
    expect(disagrees(...both, skipped('datastore (global)', 'datastore (per-host)'))).toBeUndefined();
  });
  test('nothing configured: the default of the version', () => {
    const silent = [loaded('x').replace('NFTablesMode:"x", ', ''), driver, markBits];
    expect(why(silent, 'v3.31.7', 'Disabled', false)).toBeUndefined();
    expect(why([...silent, decided(true)], 'v3.32.1', 'Auto', true)).toBeUndefined();
    expect(why([], 'v3.31.7', 'Disabled', false)).toContain('does not show the start of Felix');
  });
  test('nftables while kube-ipvs0 is still there is not done', () => {
    expect(why(quietStart('Enabled', ipvs), 'v3.31.7', 'Enabled', true)).toContain('kube-ipvs0');
    expect(why(quietStart('Disabled', ipvs), 'v3.31.7', 'Disabled', false)).toBeUndefined();
  });
});

test('following a stream: a state that was given out does not change, and waits for the line that may take a value back', () => {
  const tracker = createFelixTracker();
  for (const line of [startingUp(), parsed('Enabled', 'datastore (per-host)'), loaded('Enabled'), driver, markBits])
    tracker.push(line);
  const first = tracker.state();
  tracker.push(parsed('Disabled'));
  expect(tracker.state()).toMatchObject({ restarting: true, nftablesMode: { value: 'Enabled' } });
  tracker.push(skipped('datastore (global)', 'datastore (per-host)'));
  expect(tracker.state()).toMatchObject({ restarting: false, nftablesMode: { value: 'Enabled' } });
  tracker.push(startingUp());
  expect(tracker.state()).toMatchObject({ starts: 2, ipvsSupport: undefined });
  expect(first).toMatchObject({ starts: 1, ipvsSupport: false, nftablesMode: { value: 'Enabled' } });
});

describe('eBPF mode', () => {
  const bpf = felix('BPF enabled, starting BPF endpoint manager and map manager.', { file: 'int_dataplane.go 973' });
  const unsupported = felix('BPF dataplane mode enabled but not supported by the kernel.  Disabling BPF mode.', {
    level: 'ERROR',
    file: 'daemon.go 412',
  });
  const left = felix("kube-proxy IPVS device found but we're in BPF mode, ignoring.", { file: 'driver.go 92' });
  const changed = felix('kube-proxy mode changed. Restart felix. ipvsIfaceState="down" ipvsSupport=false');
  const wanted = { calicoVersion: 'v3.32.1', value: 'Auto', useNftables: false, bpf: true } as const;
  const why = (lines: string[], bpf = true) => whyFelixDisagrees(felixStateFromLog(lines), { ...wanted, bpf });

  test('runs where Felix says so, whatever NFTablesMode is', () => {
    const log = [...quietStart('Enabled'), decided(true), bpf];
    expect(felixStateFromLog(log).bpf).toEqual({ state: 'running', line: bpf });
    expect(why(log)).toBeUndefined();
  });

  test('of an earlier start does not count', () => {
    expect(why([...quietStart('Enabled'), bpf, exiting, ...quietStart('Auto'), decided(false)])).toMatch(
      /does not run/,
    );
  });

  test.each([
    ['before its configuration is loaded', [unsupported, ...quietStart('Enabled')]],
    ['after it', [loaded('Enabled'), unsupported, driver, markBits]],
    ['with early logging', [startingUp(), loaded('Enabled'), unsupported, driver, markBits]],
  ])('that the kernel does not support is a failure, said %s', (_, log) => {
    expect(why(log)).toMatch(/the kernel does not support it/);
  });

  test('with kube-ipvs0 on the node is a restart loop, at whatever moment it is looked at', () => {
    const start = [loaded('Enabled'), driver, left, markBits];
    expect(why([...start, bpf])).toMatch(/calico#8929/);
    expect(why([...start, bpf, changed])).toMatch(/about to restart/);
    expect(why([...start, bpf, changed, exiting, ...start, bpf])).toMatch(/calico#8929/);
  });

  test('is not what a node that has left it shows', () => {
    expect(why([...quietStart('Auto'), decided(false)], false)).toBeUndefined();
    expect(why([...quietStart('Auto'), decided(false), bpf], false)).toMatch(/still told to run eBPF mode/);
  });
});
