import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Logger } from '@temporalio/common';
import { bundleWorkflowCode } from '@temporalio/worker';

/** src/ in a checkout, dist/ in the published package. */
const here = join(import.meta.dirname, '..');
const fromSource = extname(import.meta.filename) === '.ts';
const root = join(here, '..');
const prebuilt = join(root, 'dist', 'workflow-bundle.js');

/** The code of the workflows: the one that was bundled at build where it is of these sources, else bundled now. */
export async function loadWorkflowBundle(logger: Logger): Promise<{ code: string }> {
  const built = await readFile(prebuilt, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (built !== undefined && (!fromSource || built.startsWith(await header()))) return { code: built };
  return await bundleWorkflows(logger);
}

/** Bundles the workflows, with a first line that tells which sources they are of. Takes about 1.5 s. */
export async function bundleWorkflows(logger: Logger): Promise<{ code: string }> {
  const workflowsPath = join(here, 'workflows', `workflows${extname(import.meta.filename)}`);
  const { code } = await bundleWorkflowCode({ workflowsPath, logger });
  return { code: `${await header()}\n${code}` };
}

/** Changes with the workflows, with what they import, and with the version of any dependency. */
async function header(): Promise<string> {
  const hash = createHash('sha256').update(await readFile(join(root, 'package.json')));
  for (const folder of ['workflows', 'model']) {
    for (const file of (await readdir(join(here, folder))).sort()) {
      if (/\.[jt]s$/.test(file)) hash.update(file).update(await readFile(join(here, folder, file)));
    }
  }
  return `// proxyshift workflows ${hash.digest('hex')}`;
}
