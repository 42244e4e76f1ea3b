import { Failure } from '../../model/failure.ts';
import { quote } from '../../model/quote.ts';
import { colorsFor } from '../colors.ts';
import { renderAs } from '../report/render-as.ts';
import { checkWritable, writeWhole } from '../report/write-file.ts';
import { formatOf, type ReportFormat, type ReportOptions, reportFormats } from '../report.ts';
import { connectTemporal } from '../temporal/connect.ts';
import { Run } from '../temporal/run.ts';

/** `proxyshift report`. Returns the exit code. */
export async function showReport(cluster: string, options: ReportOptions): Promise<number> {
  const { out } = options;
  const format = chosenFormat(options);
  if (out !== undefined) await checkWritable(out);
  await using temporal = await connectTemporal(options);
  const run = new Run(temporal, cluster, options.runId);
  // The result of a run that has ended is in Temporal; only an open one has to ask a worker.
  const { open } = await run.describe();
  const report = open ? await run.report() : await run.result();
  const now = Date.now();
  if (out === undefined) {
    process.stdout.write(await renderAs(report, { format, now, colors: colorsFor(process.stdout) }));
    return 0;
  }
  await writeWhole(out, await renderAs(report, { format, now }));
  process.stderr.write(`Report of run ${report.runId} written to ${out} (${format}).\n`);
  return 0;
}

/** What was asked for; else what the file is named for. @throws Failure `Invalid` where that names no format */
function chosenFormat({ output, out }: ReportOptions): ReportFormat {
  if (output !== undefined) return output;
  if (out === undefined) return 'table';
  const format = formatOf(out);
  if (format !== undefined) return format;
  throw new Failure('Invalid', `The extension of ${quote(out)} does not say what to write.`, {
    hint: `Say it with -o: ${reportFormats.join(', ')}.`,
  });
}
