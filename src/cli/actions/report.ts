import { reportMarkdown } from '../../report/markdown.ts';
import { colorsFor } from '../colors.ts';
import { renderReport } from '../render/report.ts';
import type { ReportOptions } from '../report.ts';
import { connectTemporal } from '../temporal/connect.ts';
import { Run } from '../temporal/run.ts';
import { printJson } from './output.ts';

/** `proxyshift report`. Returns the exit code. */
export async function showReport(cluster: string, options: ReportOptions): Promise<number> {
  await using temporal = await connectTemporal(options);
  const run = new Run(temporal, cluster, options.runId);
  // The result of a run that has ended is in Temporal; only an open one has to ask a worker.
  const { open } = await run.describe();
  const report = open ? await run.report() : await run.result();
  if (options.output === 'json') printJson(report);
  else if (options.output === 'markdown') process.stdout.write(reportMarkdown(report, Date.now()));
  else process.stdout.write(`${renderReport(report, colorsFor(process.stdout), Date.now())}\n`);
  return 0;
}
