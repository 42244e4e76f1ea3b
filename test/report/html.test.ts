import { describe, expect, it } from 'vitest';
import { html, raw } from '../../src/report/html.ts';

describe('html', () => {
  it('lets no text become an element or leave an attribute', () => {
    expect(html`<p title="${'" onclick="x'}">${"<script>&'"}</p>`.text).toBe(
      '<p title="&quot; onclick=&quot;x">&lt;script&gt;&amp;&#39;</p>',
    );
  });

  it('keeps what is HTML already, joins lists, and leaves nothing out but what is nothing', () => {
    expect(html`${[html`<b>${'<'}</b>`, 'a', 1]}${undefined}${false}${''}${0}${raw('<i>')}`.text).toBe(
      '<b>&lt;</b>a10<i>',
    );
  });
});
