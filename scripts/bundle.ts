/**
 * Bundles the workflows into dist/workflow-bundle.js, so that a worker starts without webpack.
 *
 *     node scripts/bundle.ts
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DefaultLogger } from '@temporalio/worker';
import { bundleWorkflows } from '../src/worker/workflow-bundle.ts';

const dist = join(import.meta.dirname, '..', 'dist');
const { code } = await bundleWorkflows(new DefaultLogger('WARN'));
await mkdir(dist, { recursive: true });
await writeFile(join(dist, 'workflow-bundle.js'), code);
console.error(`dist/workflow-bundle.js: ${(code.length / 1024).toFixed(0)} KiB`);
