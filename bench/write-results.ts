import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname } from 'node:path';

/** Keeps what was measured, with the machine that it was measured on. */
export async function writeResults(path: string, results: Record<string, unknown>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const machine = { cores: cpus().length, node: process.version };
  await writeFile(path, `${JSON.stringify({ machine, ...results }, null, 2)}\n`);
}
