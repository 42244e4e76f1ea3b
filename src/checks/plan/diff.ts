import { createTwoFilesPatch } from 'diff';

/** Fields as YAML lines, without the ones that are not set. */
export function yamlLines(fields: Record<string, string | number | null | undefined>): string {
  const set = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  return set.map(([key, value]) => `${key}: ${value}\n`).join('');
}

/** A unified diff with two lines of context, without the header that names files. */
export function diffOf(name: string, before: string, after: string): string {
  const patch = createTwoFilesPatch(name, name, before, after, 'now', 'planned', { context: 2 });
  return patch
    .split('\n')
    .filter((line) => !/^(=+|Index: |--- |\+\+\+ |\\ )/.test(line))
    .join('\n')
    .trimEnd();
}
