import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';

const root = join(import.meta.dirname, '../..');
const packageSchema = z.object({
  bin: z.object({ proxyshift: z.string() }),
  devDependencies: z.record(z.string(), z.string()),
});
const manifest = packageSchema.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));

/** Instructions of the Dockerfile, each on one line, as `COPY src src`. */
const instructions = (await readFile(join(root, 'deploy/Dockerfile'), 'utf8'))
  .replaceAll(/^\s*#.*\n/gm, '')
  .replaceAll(/\s*\\\n\s*/g, ' ')
  .split('\n')
  .filter((line) => line !== '');
const last = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')));
const allowed = (await readFile(join(root, '.dockerignore'), 'utf8')).split('\n').filter((line) => /^[^#]/.test(line));

it('what the image is made of is in the repository, and let in by .dockerignore', async () => {
  const copied = instructions
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
    .flatMap((line) => line.split(' ').slice(1, -1));
  expect(copied).toContain('src');
  expect(allowed[0]).toBe('*');
  for (const path of copied) {
    await expect(stat(join(root, path))).resolves.toBeDefined();
    expect(allowed).toContain(`!${path.split('/')[0]}`);
  }
});

it('nothing of a worker gets into the image: no clusters.yaml, no kubeconfig, no history of the repository', () => {
  expect(allowed.slice(1)).toEqual([
    '!.npmrc',
    '!LICENSE',
    '!NOTICE',
    '!package.json',
    '!package-lock.json',
    '!scripts',
    '!src',
    '!tsconfig.build.json',
    '!tsconfig.json',
  ]);
});

it('the image runs the program, as nobody in particular, with the Node that the tests run with', () => {
  expect(instructions).toContain(`ARG NODE=${manifest.devDependencies.node}`);
  expect(last).toContain(`ENTRYPOINT ["node", "/proxyshift/${manifest.bin.proxyshift}"]`);
  // A kubelet that has to see that it is not root takes a number only.
  expect(last.filter((line) => line.startsWith('USER '))).toEqual([expect.stringMatching(/^USER [1-9]\d*:[1-9]\d*$/)]);
});
