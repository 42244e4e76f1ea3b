/**
 * Regenerates `src/rehearsal/crds/`: gzip-compressed, otherwise unmodified copies of Calico's CRDs from the pinned Go
 * module github.com/tigera/operator. Needs Go and its module proxy; run it after a change of `operatorModules`.
 *
 *     node scripts/vendor-crds.ts
 */
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { crdDirectory, crdFiles, operatorModules } from '../src/rehearsal/crds.ts';

const run = promisify(execFile);
const module = 'github.com/tigera/operator';
const answerSchema = z.object({ Dir: z.string(), Sum: z.string() });

const target = crdDirectory();
const notice = [
  'The files in this folder are copies of files of the Tigera operator, compressed with gzip and otherwise unmodified:',
  '',
];
await mkdir(target, { recursive: true });
for (const version of new Set(Object.values(operatorModules))) {
  const { stdout } = await run('go', ['mod', 'download', '-json', `${module}@${version}`], { cwd: tmpdir() });
  const { Dir, Sum } = answerSchema.parse(JSON.parse(stdout));
  const sources = (await readdir(Dir, { recursive: true })).filter((path) => !path.includes('enterprise'));
  await rm(join(target, version), { recursive: true, force: true });
  await mkdir(join(target, version));
  notice.push(`  ${module} ${version} (${Sum})`);
  for (const file of crdFiles.operator) {
    const [source, ...others] = sources.filter((path) => basename(path) === file && path.includes('/crds/'));
    if (!source || others.length > 0)
      throw new Error(`${version}: not exactly one ${file}, but ${[source, ...others]}`);
    // zlib writes neither a name nor a time into the header: the same input gives the same bytes.
    const packed = gzipSync(await readFile(join(Dir, source)), { level: 9 });
    await writeFile(join(target, version, `${file}.gz`), packed);
    notice.push(`    ${source}`);
    console.error(`${version} ${source}: ${packed.length} bytes`);
  }
  await writeFile(join(target, 'LICENSE'), await readFile(join(Dir, 'LICENSE')));
}
notice.push('', 'They are licensed under the Apache License, Version 2.0: see LICENSE in this folder.', '');
await writeFile(join(target, 'NOTICE'), notice.join('\n'));
