import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeWhole } from '../../../src/cli/report/write-file.ts';
import { formatOf } from '../../../src/cli/report.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'report-'));
});
afterAll(async () => await rm(directory, { recursive: true, force: true }));

it('replaces a report as a whole and leaves nothing beside it', async () => {
  const file = join(directory, 'report.html');
  await writeWhole(file, 'first');
  await writeWhole(file, 'second');
  expect(await readFile(file, 'utf8')).toBe('second');
  expect(await readdir(directory)).toEqual(['report.html']);
});

it('says why a file cannot be written', async () => {
  await expect(writeWhole(directory, '')).rejects.toMatchObject({
    kind: 'Invalid',
    message: `The report cannot be written to "${directory}": it is a directory.`,
  });
  await expect(writeWhole(join(directory, 'no', 'a.html'), '')).rejects.toThrow('its directory is not there');
});

it.each([
  ['a.html', 'html'],
  ['A.HTM', 'html'],
  ['tickets/a.b.md', 'markdown'],
  ['a.json', 'json'],
  ['a.txt', 'table'],
  ['a.pdf', undefined],
  ['html', undefined],
])('%s is for %s', (file, format) => {
  expect(formatOf(file)).toBe(format);
});
