import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { spawnTied } from '../../../src/rehearsal/binaries/tied-process.ts';

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Polls: the end of a process that is not one's own child is no event. */
async function ends(pid: number, within: number): Promise<boolean> {
  const deadline = Date.now() + within;
  while (lives(pid) && Date.now() < deadline) await delay(50);
  return !lives(pid);
}

test('the pid is the command itself, its output and its exit code are seen', async () => {
  const child = spawnTied('/bin/sh', ['-c', 'echo $$; exit 7']);
  expect(Number(await text(child.stdout))).toBe(child.pid);
  expect(await child.exited).toEqual({ code: 7, signal: null });
});

test('a command that does not exist ends with 127', async () => {
  const child = spawnTied('/nonexistent/server', []);
  child.stderr.resume();
  child.stdout.resume();
  expect(await child.exited).toMatchObject({ code: 127 });
});

test('stop asks with SIGINT, and kills what does not listen', async () => {
  const polite = spawnTied('/bin/sleep', ['600']);
  expect(await polite.stop()).toEqual({ code: null, signal: 'SIGINT' });
  expect(await polite.stop()).toEqual({ code: null, signal: 'SIGINT' });

  const deaf = spawnTied('/bin/sh', ['-c', "trap '' INT; echo on; while :; do sleep 600; done"]);
  await once(deaf.stdout, 'data');
  expect(await deaf.stop(100)).toEqual({ code: null, signal: 'SIGKILL' });
});

test('a child does not outlive a parent that was SIGKILLed', { timeout: 20_000 }, async () => {
  const module = join(import.meta.dirname, '../../../src/rehearsal/binaries/tied-process.ts');
  const code = `
    import { spawnTied } from ${JSON.stringify(module)};
    const child = spawnTied('/bin/sleep', ['600']);
    console.log(child.pid);
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: parent.stdout }), 'line');
  const pid = Number(line);
  expect(lives(pid)).toBe(true);
  parent.kill('SIGKILL');
  expect(await ends(pid, 10_000)).toBe(true);
});
