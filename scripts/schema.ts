/**
 * Writes the JSON Schemas that are published with proxyshift; with `--check` it says which of them are not up to date instead.
 *
 *     npm run schema
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { clustersFileSchema } from '../src/cluster/clusters-file-schema.ts';
import { webhookBodySchema } from '../src/model/notification.ts';
import { reportSchema } from '../src/model/report.ts';

const folder = new URL('../schema/', import.meta.url);
/** Where the JSON Schema of clusters.yaml is kept; `clusters.example.yaml` points editors at it. */
export const clustersSchemaPath = fileURLToPath(new URL('clusters.schema.json', folder));
/** Where the JSON Schema of what a webhook gets is kept. */
export const notificationSchemaPath = fileURLToPath(new URL('notification.schema.json', folder));
/** Where the JSON Schema of `proxyshift report -o json` is kept. */
export const reportSchemaPath = fileURLToPath(new URL('report.schema.json', folder));

/** The JSON Schema of clusters.yaml as it is written (before defaults), as text. */
export function clustersJsonSchema(): string {
  return textOf('proxyshift clusters.yaml', z.toJSONSchema(clustersFileSchema, { io: 'input', target: 'draft-7' }));
}

/** The JSON Schema of what a webhook gets, as text. Fields that come later are no error to who has this one. */
export function notificationJsonSchema(): string {
  return textOf('proxyshift notification', z.toJSONSchema(webhookBodySchema, { io: 'input', target: 'draft-7' }));
}

/** The JSON Schema of a report as it is printed, as text. Fields that come later are no error to who has this one. */
export function reportJsonSchema(): string {
  const schema = z.toJSONSchema(reportSchema, {
    io: 'output',
    target: 'draft-7',
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  return textOf('proxyshift report', schema);
}

function textOf(title: string, schema: object): string {
  return `${JSON.stringify({ title, ...schema }, null, 2)}\n`;
}

if (import.meta.main) {
  const check = process.argv.includes('--check');
  await mkdir(folder, { recursive: true });
  const files = [
    [clustersSchemaPath, clustersJsonSchema()],
    [notificationSchemaPath, notificationJsonSchema()],
    [reportSchemaPath, reportJsonSchema()],
  ] as const;
  for (const [path, text] of files) {
    if (!check) await writeFile(path, text);
    else if ((await readFile(path, 'utf8').catch(() => '')) !== text) {
      console.error(`${path} is not up to date: npm run schema`);
      process.exitCode = 1;
    }
  }
}
