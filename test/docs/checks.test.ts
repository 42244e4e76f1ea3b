import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checks } from '../../src/checks/all.ts';

const root = join(import.meta.dirname, '../..');
const text = await readFile(join(root, 'docs/checks.md'), 'utf8');

const sections = text
  .split(/^### /m)
  .slice(1)
  .map((section) => section.replace(/^## [\s\S]*/m, ''))
  .map((section) => {
    const [heading = '', ...body] = section.split('\n');
    const [code = '', ...title] = heading.split(' ');
    return { code, title: title.join(' '), body: body.join('\n') };
  });

const known = checks.map(({ code, title }) => ({ code, title }));

describe('docs/checks.md', () => {
  test('has a section for every check, with its title, in the order in which they run, and no other', () => {
    expect(sections.map(({ code, title }) => ({ code, title }))).toEqual(known);
  });

  test('no two checks share a code', () => {
    expect(new Set(known.map(({ code }) => code)).size).toBe(known.length);
  });

  test.each(sections)('$code says what is looked at, why, and what to do, with a command', ({ body }) => {
    for (const part of ['**Looked at:**', '**Why:**', '**What to do:**']) expect(body).toContain(part);
    expect(body).toMatch(/^ {4}(kubectl|kubeadm|proxyshift) /m);
  });

  test('explains every code that the source can print', async () => {
    const files = await readdir(join(root, 'src'), { recursive: true });
    const sources = files
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFile(join(root, 'src', file), 'utf8'));
    const printed = (await Promise.all(sources)).flatMap((source) => source.match(/\bPXS\d{3}\b/g) ?? []);
    const explained = new Set(known.map(({ code }) => code));
    expect([...new Set(printed)].filter((code) => !explained.has(code))).toEqual([]);
  });
});
