import { z } from 'zod';
import type { FieldWrite } from '../../model/health.ts';
import type { PlainObject } from '../objects.ts';

/** Keys from the root of an object to a field of it: `['data', 'config.conf']`. */
export type FieldPath = readonly string[];

/** Who last set a field, as the API server keeps it. */
export interface FieldManager {
  manager: string;
  /** `Apply`: declared by server-side apply, as is said again and again; `Update`: written once by any other verb. */
  operation: string;
}

const entrySchema = z.looseObject({
  manager: z.string().default(''),
  operation: z.string().default(''),
  subresource: z.string().optional(),
  time: z.string().nullish(),
  fieldsV1: z.unknown(),
});
const metadataSchema = z.looseObject({ managedFields: z.array(entrySchema).default([]) });

/**
 * The managers of a field of an object, or of any field of it, status left out.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 *
 * @returns undefined where the object comes without `managedFields`: kubectl prints them with `--show-managed-fields` only
 * @throws ZodError where they are in no form that is known
 */
export function managersOf(object: PlainObject, path: FieldPath = []): FieldManager[] | undefined {
  const { managedFields } = metadataSchema.parse(object.metadata);
  if (managedFields.length === 0) return undefined;
  return managedFields
    .filter(({ subresource, fieldsV1 }) => !subresource && owns(fieldsV1, path))
    .map(({ manager, operation }) => ({ manager, operation }));
}

/**
 * Who wrote a field of an object, or a parent or child of it, last, and when; undefined where nobody is known. The time of an
 * entry moves when its manager changes a value: https://kubernetes.io/docs/reference/using-api/server-side-apply/#the-managedfields-timestamps
 *
 * @throws ZodError where managedFields are in no form that is known
 */
export function lastWrite(object: PlainObject, path: FieldPath = []): FieldWrite | undefined {
  const { managedFields } = metadataSchema.parse(object.metadata);
  const [last] = managedFields
    .filter(({ subresource, fieldsV1 }) => !subresource && owns(fieldsV1, path))
    .sort((a, b) => (b.time ?? '').localeCompare(a.time ?? ''));
  return last && { manager: last.manager, operation: last.operation, ...(last.time ? { at: last.time } : {}) };
}

/** Whether a FieldsV1 set holds the field, something below it, or a parent that is owned as a whole. */
function owns(fields: unknown, path: FieldPath): boolean {
  const [key, ...rest] = path;
  if (key === undefined) return true;
  if (typeof fields !== 'object' || fields === null) return false;
  const next: unknown = Reflect.get(fields, `f:${key}`);
  if (next === undefined) return false;
  return isEmptyObject(next) || owns(next, rest);
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
