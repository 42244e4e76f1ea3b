import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checks } from '../../src/checks/all.ts';
import { anchorOf, docsLink, pagesOf } from '../../src/cli/docs-link.ts';

const text = await readFile(join(import.meta.dirname, '../../docs/checks.md'), 'utf8');
const anchors = new Set([...text.matchAll(/^### (.+)$/gm)].map(([, heading = '']) => anchorOf(heading)));

describe('the page of a check', () => {
  it.each(checks.map(({ code, title }) => ({ code, title })))('$code is where its link leads', ({ code, title }) => {
    const [page, anchor = ''] = docsLink({ code, title }).split('#');
    expect(page).toMatch(/docs\/checks\.md$/);
    expect(anchors).toContain(anchor);
  });

  // As GitHub shows them on the pages of this repository's own documents.
  it.each([
    ['PXS003 Every Linux node has kernel 5.13 or newer', 'pxs003-every-linux-node-has-kernel-513-or-newer'],
    ["PXS011 kube-proxy's ConfigMap can be read", 'pxs011-kube-proxys-configmap-can-be-read'],
    ['A (b, c) – d_e', 'a-b-c--d_e'],
  ])('%s', (heading, anchor) => expect(anchorOf(heading)).toBe(anchor));

  it.each([
    ['https://example.com/owner/name', 'https://example.com/owner/name'],
    ['git+https://example.com/owner/name.git', 'https://example.com/owner/name'],
    ['git@example.com:owner/name.git', 'https://example.com/owner/name'],
    ['git+ssh://git@example.com/owner/name.git', 'https://example.com/owner/name'],
    ['git://example.com/owner/name.git', 'https://example.com/owner/name'],
    ['github:owner/name', 'https://github.com/owner/name'],
    ['owner/name', 'https://github.com/owner/name'],
  ])('repository %s is %s in a browser', (named, pages) => expect(pagesOf(named)).toBe(pages));
});
