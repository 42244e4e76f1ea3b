import { readFileSync } from 'node:fs';
import { z } from 'zod';

const packageSchema = z.object({ repository: z.union([z.string(), z.object({ url: z.string() })]).optional() });

/** Where docs/checks.md explains a check. In the repository's web pages where package.json names one, else its path. */
export function docsLink({ code, title }: { code: string; title: string }): string {
  repository ??= readRepository();
  const page = repository === '' ? 'docs/checks.md' : `${repository}/blob/main/docs/checks.md`;
  return `${page}#${anchorOf(`${code} ${title}`)}`;
}

/** The anchor that GitHub makes of a heading: lower case, without punctuation, spaces as dashes. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

let repository: string | undefined;

/** Address of the repository's pages; empty where there is none. The path is the same from src/cli and from dist/cli. */
function readRepository(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { repository: named = '' } = packageSchema.parse(JSON.parse(text));
  return pagesOf(typeof named === 'string' ? named : named.url);
}

/** The forms that npm knows, as an address for a browser: `github:owner/name`, `git+https://….git`, `git@host:path`. */
export function pagesOf(repositoryUrl: string): string {
  return repositoryUrl
    .replace(/^(?:github:)?([\w.-]+\/[\w.-]+)$/, 'https://github.com/$1')
    .replace(/^git\+/, '')
    .replace(/^(?:ssh:\/\/)?git@([^:/]+)[:/]/, 'https://$1/')
    .replace(/^git:\/\//, 'https://')
    .replace(/\.git$/, '');
}
