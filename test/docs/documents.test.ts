import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exitCodeOf, outcomeMeaning, outcomes } from '../../src/model/outcome.ts';
import { phases } from '../../src/model/progress.ts';
import { scenarioNames, scenarios } from '../../src/rehearsal/scenarios.ts';

const root = join(import.meta.dirname, '../..');
const docs = (await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`);
const paths = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...docs];
const texts = new Map(await Promise.all(paths.map(async (path) => [path, await read(path)] as const)));

async function read(path: string): Promise<string> {
  return await readFile(join(root, path), 'utf8');
}

function textOf(path: string): string {
  const text = texts.get(path);
  if (text === undefined) throw new Error(`no document ${path}`);
  return text;
}

/** Rows of the table that has this header, as cells without back-ticks. */
function tableUnder(path: string, header: string): string[][] {
  const lines = textOf(path).split('\n');
  const start = lines.indexOf(header);
  if (start < 0) throw new Error(`${path} has no table ${header}`);
  const length = lines.slice(start).findIndex((line) => !line.startsWith('|'));
  return lines.slice(start + 2, length < 0 ? undefined : start + length).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

/** The anchor that GitHub makes of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** Without fenced blocks, where a # is no heading and brackets are no link. */
function prose(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '');
}

describe.each(paths)('%s', (path) => {
  test('every link inside the repository leads somewhere', async () => {
    const broken: string[] = [];
    for (const [, target = ''] of prose(textOf(path)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [file = '', anchor] = target.split('#');
      const full = file === '' ? path : join(dirname(path), file);
      const exists = await stat(join(root, full)).then(
        () => true,
        () => false,
      );
      if (!exists) broken.push(target);
      else if (anchor !== undefined) {
        const headings = [...prose(await read(full)).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
        if (!headings.map(anchorOf).includes(anchor)) broken.push(target);
      }
    }
    expect(broken).toEqual([]);
  });

  test('every npm script that it names is there', async () => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(await read('package.json'));
    const named = [...textOf(path).matchAll(/\bnpm run ([a-z0-9:]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  test('every command of proxyshift that it names is there', async () => {
    const starter = await read('src/starter.ts');
    const named = [...textOf(path).matchAll(/(?:`| {4})proxyshift ([a-z]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !new RegExp(`^  ${name}: entry\\(`, 'm').test(starter))).toEqual([]);
  });

  test('every file of the repository that it names is there', async () => {
    const named = [...textOf(path).matchAll(/`((?:src|test|deploy|scripts|tools|docs)\/[\w./-]*\w\.\w+)`/g)];
    const missing: string[] = [];
    for (const [, file = ''] of named) await stat(join(root, file)).catch(() => missing.push(file));
    expect(missing).toEqual([]);
  });
});

describe('what is said twice is the same', () => {
  test('README: outcomes, their meaning and exit codes', () => {
    expect(tableUnder('README.md', '| outcome | meaning | exit code |')).toEqual(
      outcomes
        .toSorted((a, b) => exitCodeOf(a) - exitCodeOf(b))
        .map((outcome) => [outcome, outcomeMeaning[outcome], String(exitCodeOf(outcome))]),
    );
  });

  test('runbook: every outcome with its exit code', () => {
    const rows = tableUnder('docs/runbook.md', '| outcome | meaning | exit code | what now |');
    expect(Object.fromEntries(rows.map(([outcome, , code]) => [outcome, code]))).toEqual(
      Object.fromEntries(outcomes.map((outcome) => [outcome, String(exitCodeOf(outcome))])),
    );
  });

  test('runbook: every phase', () => {
    const rows = tableUnder('docs/runbook.md', '| phase | what happens | may take |');
    expect(rows.map(([phase]) => phase)).toEqual(phases.filter((phase) => phase !== 'done'));
  });

  test('rehearsal: every scenario with its description', () => {
    const rows = tableUnder('docs/rehearsal.md', '| scenario | what happens | how it ends |');
    expect(rows.map(([name, what]) => [name, what])).toEqual(
      scenarioNames.map((name) => [name, scenarios[name].description]),
    );
  });
});
