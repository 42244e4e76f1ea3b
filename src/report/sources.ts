import type { Report } from '../model/report.ts';
import { sourcesToChange } from '../model/report-facts.ts';
import { html } from './html.ts';
import { codeBlock, type Section } from './parts.ts';

/** Which lines to change outside of the cluster, so that the next upgrade does not revert what was done. */
export function sourcesSection(report: Report): Section | undefined {
  const sources = sourcesToChange(report);
  if (sources.length === 0) return undefined;
  return {
    id: 'sources',
    title: 'To change outside of the cluster, so that it stays',
    body: sources.map(
      ({ sets, keeper, by, file, lines, otherwise }) => html`<article class="source"><h3>${sets}: ${keeper}</h3>
<p>In ${file}:</p>
${codeBlock(lines.join('\n'))}
<p>Otherwise: ${otherwise}.${by && html` <small>Recognised by ${by}.</small>`}</p></article>
`,
    ),
  };
}
