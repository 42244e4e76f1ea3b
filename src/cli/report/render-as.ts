import type { Report } from '../../model/report.ts';
import { type Colors, colorsFor } from '../colors.ts';
import { packageVersion } from '../package-version.ts';
import { renderReport } from '../render/report.ts';
import type { ReportFormat } from '../report.ts';

export interface RenderOptions {
  format: ReportFormat;
  /** ms since the epoch. */
  now: number;
  /** Of a table. Default: none. */
  colors?: Colors;
}

/** A report as text of a format, with a line break at its end. */
export async function renderAs(
  report: Report,
  { format, now, colors = colorsFor({}, {}) }: RenderOptions,
): Promise<string> {
  if (format === 'json') return `${JSON.stringify(report, undefined, 2)}\n`;
  if (format === 'table') return `${renderReport(report, colors, now)}\n`;
  if (format === 'markdown') {
    const { reportMarkdown } = await import('../../report/markdown.ts');
    return reportMarkdown(report, now);
  }
  // The library that draws is large: nobody else waits for it.
  const { reportHtml } = await import('../../report/document.ts');
  return reportHtml(report, { now, version: packageVersion() });
}
