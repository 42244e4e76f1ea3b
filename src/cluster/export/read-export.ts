import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../../model/failure.ts';
import { parseInput } from '../../model/schema-issues.ts';
import { pluralOf } from '../api-path.ts';
import { kubernetesObjectSchema, type PlainObject } from '../objects.ts';
import { EXPORT_HINT, readContents } from './read-contents.ts';

/** What is in a folder of exported objects. */
export interface ExportedObjects {
  /** Absolute or as given; for messages. */
  directory: string;
  /** `gitVersion` of the API server; undefined where it was not exported. */
  version: string | undefined;
  /** By plural, as `daemonsets`. A kind that was exported and has no objects has an empty list. */
  objects: ReadonlyMap<string, readonly PlainObject[]>;
}

const listSchema = z.looseObject({ items: z.array(z.unknown(), 'expected a list of objects').nullish() });
const versionSchema = z.looseObject({
  serverVersion: z.looseObject({ gitVersion: z.string().regex(/^v\d+\.\d+/, 'expected a version such as "v1.35.4"') }),
});
/** A name as the API server takes it: a path segment. Names of an export come into commands that people paste. */
const nameSchema = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9.:_-]*$/, 'expected a name as Kubernetes takes it');

const typedObjectSchema = kubernetesObjectSchema.extend({
  metadata: kubernetesObjectSchema.shape.metadata.extend({ name: nameSchema, namespace: nameSchema.optional() }),
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
});
type TypedObject = z.infer<typeof typedObjectSchema>;

/**
 * Reads a folder of what `kubectl get KIND -A -o yaml` (or `-o json`) printed, one kind a file or many, and of
 * `kubectl version -o yaml`. A file named for a kind (`services.yaml`, `installations.operator.tigera.io.yaml`) says that
 * this kind was exported, also where the list in it, or the file itself, is empty.
 *
 * @throws Failure `Invalid`, naming file and place: not a folder, no such files in it, not YAML, not an object of Kubernetes
 */
export async function readExport(directory: string): Promise<ExportedObjects> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    throw new Failure('Invalid', `The export "${directory}" cannot be read (${error.code ?? 'unknown error'})`, {
      hint: 'It is a folder with the output of `kubectl get KIND -A -o yaml`, a file for each kind.',
    });
  });
  const files = names.filter((name) => ['.yaml', '.yml', '.json'].includes(extname(name))).sort();
  if (files.length === 0) {
    throw new Failure('Invalid', `The export "${directory}" has no .yaml, .yml or .json file`, {
      hint: `For example: kubectl get nodes -o yaml > ${join(directory, 'nodes.yaml')}`,
    });
  }
  const objects = new Map<string, PlainObject[]>();
  let version: string | undefined;
  for (const name of files) {
    const stem = name.slice(0, -extname(name).length);
    if (stem !== 'version') upsert(objects, stem.split('.')[0] ?? stem);
    for (const content of await readContents(directory, name)) {
      if (isVersion(content, stem)) version = versionOf(content, name);
      else for (const object of objectsOf(content, name)) upsert(objects, pluralOf(object.kind)).push(object);
    }
  }
  return { directory, version, objects };
}

function upsert(objects: Map<string, PlainObject[]>, plural: string): PlainObject[] {
  const known = objects.get(plural) ?? [];
  objects.set(plural, known);
  return known;
}

/** What `kubectl version` prints is told by its file's name, or by what is in it. */
function isVersion(content: unknown, stem: string): boolean {
  return stem === 'version' || (isRecord(content) && 'serverVersion' in content && !('kind' in content));
}

function versionOf(content: unknown, name: string): string {
  const parsed = parseInput(versionSchema, content, { whole: 'it' });
  if (parsed.success) return parsed.data.serverVersion.gitVersion;
  throw new Failure('Invalid', `${name} of the export does not tell the version of the API server: ${parsed.issues}`, {
    hint: 'Export it with `kubectl version -o yaml`, where kubectl reaches the cluster.',
  });
}

/** The objects of a list, of the lists in it, or the one object. */
function objectsOf(content: unknown, where: string): TypedObject[] {
  const refuse = (issues: string) =>
    new Failure('Invalid', `${where} of the export is not an object of Kubernetes: ${issues}`, { hint: EXPORT_HINT });
  if (isList(content)) {
    const list = parseInput(listSchema, content, { whole: 'it' });
    if (!list.success) throw refuse(list.issues);
    return (list.data.items ?? []).flatMap((item, index) =>
      objectsOf(item, `item ${index + 1} of the list in ${where}`),
    );
  }
  const object = parseInput(typedObjectSchema, content, { whole: 'it' });
  if (!object.success) throw refuse(object.issues);
  return [object.data];
}

/** Whether it is a list by its kind, and not an object with a name whose kind ends like one. */
function isList(content: unknown): boolean {
  if (!isRecord(content) || typeof content.kind !== 'string' || !content.kind.endsWith('List')) return false;
  return !(isRecord(content.metadata) && 'name' in content.metadata);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
