import { z } from 'zod';
import { type Cluster, fieldManager } from './connect.ts';
import { hasStatus } from './errors.ts';
import { readAllPages } from './paging.ts';

/** Where an object is. The plural is given, so that no discovery is needed. */
export interface ObjectRef {
  apiVersion: string;
  kind: string;
  plural: string;
  /** Absent for cluster-scoped kinds. */
  namespace?: string | undefined;
  name: string;
}

export type ResourceRef = Omit<ObjectRef, 'kind' | 'name'>;

/**
 * An object as the API server sent it: plain JSON. Unlike client-node's models nothing is dropped and times stay
 * strings, so that a snapshot restores exactly what was there.
 */
export const kubernetesObjectSchema = z.looseObject({
  apiVersion: z.string().optional(),
  kind: z.string().optional(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    uid: z.string().optional(),
    resourceVersion: z.string().optional(),
    generation: z.number().optional(),
    creationTimestamp: z.string().nullish(),
    deletionTimestamp: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});
export type PlainObject = z.infer<typeof kubernetesObjectSchema>;

export interface CallOptions {
  /** Cancels this call, beside the signal of the cluster. */
  signal?: AbortSignal | undefined;
  /** Instead of the cluster's deadline, in ms. */
  deadlineMs?: number | undefined;
}

/** `ConfigMap kube-system/kube-proxy`, `Installation default`. */
export function describeRef(ref: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>): string {
  return `${ref.kind} ${ref.namespace ? `${ref.namespace}/` : ''}${ref.name}`;
}

/** Path of a collection: `/api/v1/namespaces/kube-system/configmaps`. */
export function collectionPath({ apiVersion, plural, namespace }: ResourceRef): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${group}${namespace ? `/namespaces/${encodeURIComponent(namespace)}` : ''}/${plural}`;
}

/** Path of one object. */
export function objectPath(ref: ObjectRef): string {
  return `${collectionPath(ref)}/${encodeURIComponent(ref.name)}`;
}

/** Reads an object; undefined when it is not there, or when its CRD is not. @throws Failure */
export async function readObject(
  cluster: Cluster,
  ref: ObjectRef,
  options: CallOptions = {},
): Promise<PlainObject | undefined> {
  try {
    const path = objectPath(ref);
    return parse(await cluster.transport.json({ method: 'GET', path, object: describeRef(ref), ...options }));
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

export interface ListOptions extends CallOptions {
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  /** Objects per request, default 500, as kubectl asks for: smaller pages keep memory down, larger ones save requests. */
  pageSize?: number | undefined;
  /** Metadata without spec and status. */
  metadataOnly?: boolean | undefined;
}

/** A whole list, and the version from which a watch goes on without a gap. */
export interface ObjectList {
  items: PlainObject[];
  resourceVersion: string;
}

/** Lists a collection page by page, across all namespaces where none is given. @throws Failure */
export async function listObjects(
  cluster: Cluster,
  resource: ResourceRef & Pick<ListOptions, 'labelSelector' | 'fieldSelector'>,
  options: ListOptions = {},
): Promise<PlainObject[]> {
  return (await listWithVersion(cluster, resource, options)).items;
}

/**
 * As `listObjects`, but keeps only what `project` makes of each object: a page is let go before the next one is read,
 * so that a list of thousands does not have to fit into memory.
 */
export async function mapObjects<T>(
  cluster: Cluster,
  resource: ResourceRef,
  project: (object: PlainObject) => T,
  options: ListOptions = {},
): Promise<T[]> {
  return (await listPages(cluster, resource, project, options)).items;
}

/** Asks for names, labels and annotations without the rest. https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches */
const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

const pageSchema = z.object({
  kind: z.string().optional(),
  metadata: z.object({ resourceVersion: z.string().default(''), continue: z.string().optional() }).prefault({}),
  items: z.array(kubernetesObjectSchema).nullish(),
});

/** As `listObjects`, with the resource version of the list, for a watch that goes on from it. */
export async function listWithVersion(
  cluster: Cluster,
  resource: ResourceRef & Pick<ListOptions, 'labelSelector' | 'fieldSelector'>,
  options: ListOptions = {},
): Promise<ObjectList> {
  return await listPages(cluster, resource, (object) => object, options);
}

async function listPages<T>(
  cluster: Cluster,
  { labelSelector, fieldSelector, ...resource }: ResourceRef & Pick<ListOptions, 'labelSelector' | 'fieldSelector'>,
  project: (object: PlainObject) => T,
  { pageSize = 500, metadataOnly, ...options }: ListOptions,
): Promise<{ items: T[]; resourceVersion: string }> {
  const selectors = {
    labelSelector: options.labelSelector ?? labelSelector,
    fieldSelector: options.fieldSelector ?? fieldSelector,
  };
  const { signal, deadlineMs } = options;
  const path = collectionPath(resource);
  return await readAllPages(async (continueToken) => {
    const query = { limit: pageSize, continue: continueToken, ...selectors };
    const accept = metadataOnly ? METADATA_ONLY : undefined;
    const answer = await cluster.transport.json({ method: 'GET', path, query, accept, signal, deadlineMs });
    const page = pageSchema.parse(answer);
    // The API server leaves apiVersion and kind out of the items of built-in lists.
    const kind = metadataOnly ? undefined : page.kind?.replace(/List$/, '');
    const items = (page.items ?? []).map((item) =>
      project({ apiVersion: resource.apiVersion, ...(kind ? { kind } : {}), ...item }),
    );
    return {
      items,
      resourceVersion: page.metadata.resourceVersion,
      continueToken: page.metadata.continue || undefined,
    };
  });
}

export interface MergePatchOptions extends CallOptions {
  /** The version the patch was computed from: the API server refuses it (409) when the object changed since. */
  resourceVersion?: string | undefined;
}

/**
 * Applies a JSON merge patch (RFC 7386: `null` removes a field, arrays are replaced whole).
 *
 * @throws Failure `Unreachable` with status 409 when the object changed since `resourceVersion`: read it again and
 * compute the patch anew
 */
export async function mergePatch(
  cluster: Cluster,
  ref: ObjectRef,
  patch: Record<string, unknown>,
  { resourceVersion, ...options }: MergePatchOptions = {},
): Promise<PlainObject> {
  const metadata = z.looseObject({}).parse(patch.metadata ?? {});
  const body = resourceVersion === undefined ? patch : { ...patch, metadata: { ...metadata, resourceVersion } };
  const answer = await cluster.transport.json({
    method: 'PATCH',
    path: objectPath(ref),
    query: { fieldManager },
    body,
    contentType: 'application/merge-patch+json',
    object: describeRef(ref),
    ...options,
  });
  return parse(answer);
}

export interface CreateOptions extends CallOptions {
  /** Everything but the write: admission and validation have their say. */
  dryRun?: boolean | undefined;
}

/** Creates an object. @throws Failure `Unreachable` with status 409 when it is already there: read it and decide. */
export async function createObject(
  cluster: Cluster,
  ref: ObjectRef,
  body: Record<string, unknown>,
  { dryRun = false, ...options }: CreateOptions = {},
): Promise<PlainObject> {
  const given = z.looseObject({}).parse(body.metadata ?? {});
  const metadata = { ...given, name: ref.name, ...(ref.namespace ? { namespace: ref.namespace } : {}) };
  const answer = await cluster.transport.json({
    method: 'POST',
    path: collectionPath(ref),
    query: { fieldManager, ...(dryRun ? { dryRun: 'All' } : {}) },
    body: { ...body, apiVersion: ref.apiVersion, kind: ref.kind, metadata },
    object: describeRef(ref),
    ...options,
  });
  return parse(answer);
}

export interface DeleteOptions extends CallOptions {
  /** Precondition: only the object with this uid (409 otherwise). A replaced pod has another one. */
  uid?: string | undefined;
  /** Precondition: only if unchanged since this version (409 otherwise). */
  resourceVersion?: string | undefined;
}

/** Deletes an object. True when it was there, false when it was gone already. @throws Failure */
export async function deleteObject(
  cluster: Cluster,
  ref: ObjectRef,
  { uid, resourceVersion, ...options }: DeleteOptions = {},
): Promise<boolean> {
  const preconditions = { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) };
  try {
    await cluster.transport.json({
      method: 'DELETE',
      path: objectPath(ref),
      body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions },
      object: describeRef(ref),
      ...options,
    });
    return true;
  } catch (error) {
    if (hasStatus(error, 404)) return false;
    throw error;
  }
}

function parse(answer: unknown): PlainObject {
  return kubernetesObjectSchema.parse(answer);
}
