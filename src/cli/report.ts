import { Command, InvalidArgumentError, Option } from 'commander';
import { examples, type TemporalOptions, withTemporal } from './options.ts';

/** What a report can be made into; the first one is printed unless something else is asked for. */
export const reportFormats = ['table', 'json', 'markdown', 'html'] as const;
export type ReportFormat = (typeof reportFormats)[number];

export interface ReportOptions extends TemporalOptions {
  output?: ReportFormat;
  out?: string;
  runId?: string;
}

export function reportCommand(): Command {
  const command = new Command('report')
    .argument('<cluster>', 'name of the cluster')
    .description(
      'The record of a run, open or ended: who asked and approved, what was changed, when, the evidence of every node, how to ' +
        'undo it, and what to change outside of the cluster so that the next upgrade keeps it. HTML is one file without ' +
        'scripts, for a phone, a printer, a change record; Markdown is for a ticket; JSON has a schema, schema/report.schema.json.',
    )
    .option('--run-id <id>', 'an earlier run (default: the latest)')
    .addOption(
      new Option(
        '-o, --output <format>',
        'what to make of it (default: by the extension of --out, else "table")',
      ).choices(reportFormats),
    )
    .option('--out <file>', 'write it into this file, instead of to standard output; a file that is there is replaced')
    .addHelpText(
      'after',
      examples(
        'proxyshift report prod-1',
        'proxyshift report prod-1 --out prod-1.html            one file, to be sent around or printed',
        'proxyshift report prod-1 -o markdown > ticket.md',
        "proxyshift report prod-1 -o json | jq -r '.nodes[] | [.node, .mode] | @tsv'",
      ),
    );
  return withTemporal(command).action(async (cluster: string, options: ReportOptions) => {
    const { showReport } = await import('./actions/report.ts');
    process.exitCode = await showReport(cluster, options);
  });
}

const byExtension: Record<string, ReportFormat> = {
  html: 'html',
  htm: 'html',
  md: 'markdown',
  markdown: 'markdown',
  json: 'json',
  txt: 'table',
};

/** The format that the extension of a file names; undefined where it names none. */
export function formatOf(file: string): ReportFormat | undefined {
  return byExtension[/\.(?<extension>\w+)$/.exec(file)?.groups?.extension?.toLowerCase() ?? ''];
}

/** A file for a report whose format is told by its extension, for commander. */
export function reportFile(file: string): string {
  if (formatOf(file) !== undefined) return file;
  throw new InvalidArgumentError(
    `Expected a file that ends with ${Object.keys(byExtension)
      .map((end) => `.${end}`)
      .join(', ')}.`,
  );
}
