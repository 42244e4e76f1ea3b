import { describe, expect, it } from 'vitest';
import { document, fenced, markdownTable, prose } from '../../src/model/markdown.ts';

describe('Markdown shows what was written', () => {
  it('in prose: no HTML and no emphasis, and code as it is', () => {
    expect(prose('node.<name> of kube-proxy-* and a_b; `a_b <c>`')).toBe(
      'node.\\<name> of kube-proxy-\\* and a\\_b; `a_b <c>`',
    );
  });

  it('in a block that has fences itself', () => {
    expect(fenced('diff', '+```\n+x\n')).toEqual(['````diff', '+```', '+x', '````']);
    expect(fenced('', 'x')).toEqual(['```', 'x', '```']);
  });

  it('in a table: a bar, and a line break', () => {
    expect(markdownTable(['A'], [['a|b\nc']])).toEqual(['| A |', '| --- |', '| a\\|b c |']);
    expect(markdownTable(['A'], [])).toEqual([]);
  });

  it('with air, but not too much', () => {
    expect(document(['', '# A', '', '', '', 'b', ''])).toBe('# A\n\nb\n');
  });
});
