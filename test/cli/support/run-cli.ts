import { execFile } from 'node:child_process';
import { join } from 'node:path';

const starter = join(import.meta.dirname, '../../../src/starter.ts');

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command line as a person does, without a terminal, and with nothing of this environment but PATH and HOME. */
export function runCli(args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd?: string): Promise<Ended> {
  const { PATH, HOME } = process.env;
  const options = { env: { PATH, HOME, ...env }, maxBuffer: 64 * 1024 * 1024, ...(cwd ? { cwd } : {}) };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [starter, ...args], options, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
    });
    child.stdin?.end();
  });
}
