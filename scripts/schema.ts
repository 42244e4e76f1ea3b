import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { clustersFileSchema } from '../src/cluster/clusters-file.ts';

/** Where the JSON Schema is kept; `clusters.example.yaml` points editors at it. */
export const schemaPath = fileURLToPath(new URL('../schema/clusters.schema.json', import.meta.url));

/** The JSON Schema of clusters.yaml as it is written (before defaults), as text. */
export function clustersJsonSchema(): string {
  const schema = z.toJSONSchema(clustersFileSchema, { io: 'input', target: 'draft-7' });
  return `${JSON.stringify({ title: 'proxyshift clusters.yaml', ...schema }, null, 2)}\n`;
}

if (import.meta.main) {
  await mkdir(new URL('../schema/', import.meta.url), { recursive: true });
  await writeFile(schemaPath, clustersJsonSchema());
}
