import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { resolveBinaries } from '../../src/rehearsal/binaries/resolve.ts';
import { controlPlaneBinaries, startControlPlane } from '../../src/rehearsal/control-plane.ts';
import { testTiming } from '../../src/rehearsal/timing.ts';
import { until } from './cluster-client.ts';

describe('a control plane', { timeout: 60_000 }, () => {
  test('is removed when the process that holds it is killed', async () => {
    const script = fileURLToPath(new URL('hold-control-plane.ts', import.meta.url));
    const holder = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [directory] = await once(createInterface(holder.stdout), 'line');
    expect(existsSync(join(directory, 'kubeconfig'))).toBe(true);
    holder.kill('SIGKILL');
    await until(() => !existsSync(directory));
  });

  test('whose start is aborted leaves nothing behind', async () => {
    const name = `aborted-${process.pid}`;
    const binaries = await resolveBinaries(controlPlaneBinaries);
    const start = startControlPlane({ name, binaries, timing: testTiming, signal: AbortSignal.timeout(800) });
    await expect(start).rejects.toThrow();
    const left = (await readdir(tmpdir())).filter(
      (entry) => entry.startsWith('proxyshift-') && existsSync(join(tmpdir(), entry, 'clusters', name)),
    );
    expect(left).toEqual([]);
  });

  test('that cannot start says why', async () => {
    const binaries = await resolveBinaries(controlPlaneBinaries);
    const broken = startControlPlane({
      name: 'broken',
      binaries: { ...binaries, etcd: '/nowhere/etcd' },
      timing: testTiming,
    });
    await expect(broken).rejects.toMatchObject({
      kind: 'Unhealthy',
      details: { hint: expect.stringContaining('/nowhere/etcd') },
    });
  });
});
