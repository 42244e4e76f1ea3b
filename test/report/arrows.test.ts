import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const folder = join(import.meta.dirname, '../../src/report');

it('documents are made of the model alone, and drawn by one library', async () => {
  const elsewhere: string[] = [];
  for (const file of await readdir(folder)) {
    const text = await readFile(join(folder, file), 'utf8');
    for (const [, from = ''] of text.matchAll(/ from '([^']+)'/g))
      if (!/^(\.\/|\.\.\/model\/|echarts\/)/.test(from)) elsewhere.push(`${file}: ${from}`);
  }
  expect(elsewhere).toEqual([]);
});
