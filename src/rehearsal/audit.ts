import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';

/**
 * What the API server records: everything that anybody but the machinery asks for, and every write of the machinery
 * except the chatter of a living cluster. Reads of the machinery would be most of the log with a thousand nodes.
 */
export const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted'],
  omitManagedFields: true,
  rules: [
    { level: 'None', users: ['kwok-admin', 'system:apiserver'], verbs: ['get', 'list', 'watch'] },
    {
      level: 'None',
      users: ['kwok-admin', 'system:apiserver'],
      resources: [
        { group: 'coordination.k8s.io', resources: ['leases'] },
        { group: '', resources: ['events', 'nodes/status', 'pods/status', 'pods/binding'] },
        { group: 'events.k8s.io', resources: ['events'] },
      ],
    },
    { level: 'Metadata' },
  ],
};

/** One write, as the API server saw it. */
export interface AuditWrite {
  verb: string;
  /** The user, or whom the request asked to act as. */
  user: string;
  /** Plural, with the subresource: `pods/eviction`, `installations`. */
  resource: string;
  namespace?: string;
  name?: string;
  /** HTTP status of the answer: a refused write has 403. */
  code: number;
}

/** How often a user did one thing. */
export interface AuditCount {
  user: string;
  verb: string;
  resource: string;
  count: number;
}

const eventSchema = z.object({
  verb: z.string(),
  requestURI: z.string(),
  user: z.object({ username: z.string() }),
  impersonatedUser: z.object({ username: z.string() }).optional(),
  objectRef: z
    .object({
      resource: z.string().optional(),
      subresource: z.string().optional(),
      namespace: z.string().optional(),
      name: z.string().optional(),
    })
    .optional(),
  responseStatus: z.object({ code: z.number().optional() }).optional(),
});
type AuditEvent = z.infer<typeof eventSchema>;

const writingVerbs = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

/** These are POSTs that keep nothing: asking for one's own permissions or a token. */
const keepsNothing = new Set([
  'selfsubjectaccessreviews',
  'selfsubjectrulesreviews',
  'selfsubjectreviews',
  'subjectaccessreviews',
  'tokenreviews',
]);

/** A dry run writes nothing, and neither does opening a stream (port-forward asks for `create`). */
function writes(event: AuditEvent): boolean {
  const { resource = '', subresource = '' } = event.objectRef ?? {};
  return (
    writingVerbs.has(event.verb) &&
    !keepsNothing.has(resource) &&
    !['portforward', 'exec', 'attach'].includes(subresource) &&
    !/[?&]dryRun=All\b/.test(event.requestURI)
  );
}

/** The writes in an audit log, oldest first; those of `user` only where one is given. */
export async function readAuditWrites(path: string, user?: string): Promise<AuditWrite[]> {
  const found: AuditWrite[] = [];
  for await (const event of readEvents(path)) {
    const who = userOf(event);
    if (!writes(event) || (user !== undefined && who !== user)) continue;
    found.push({
      verb: event.verb,
      user: who,
      resource: resourceOf(event),
      ...(event.objectRef?.namespace ? { namespace: event.objectRef.namespace } : {}),
      ...(event.objectRef?.name ? { name: event.objectRef.name } : {}),
      code: event.responseStatus?.code ?? 0,
    });
  }
  return found;
}

/** Requests by user, verb and resource, most frequent first; those of the machinery's reads are not recorded. */
export async function countRequests(path: string): Promise<AuditCount[]> {
  const counts = new Map<string, AuditCount>();
  for await (const event of readEvents(path)) {
    const entry = { user: userOf(event), verb: event.verb, resource: resourceOf(event) };
    const key = Object.values(entry).join(' ');
    const known = counts.get(key);
    if (known) known.count += 1;
    else counts.set(key, { ...entry, count: 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count);
}

async function* readEvents(path: string): AsyncGenerator<AuditEvent> {
  for await (const line of createInterface({ input: createReadStream(path, 'utf8') })) {
    // The last line may still be in the middle of being written.
    if (line.endsWith('}')) yield eventSchema.parse(JSON.parse(line));
  }
}

function userOf(event: AuditEvent): string {
  return event.impersonatedUser?.username ?? event.user.username;
}

function resourceOf(event: AuditEvent): string {
  const { resource = event.requestURI, subresource } = event.objectRef ?? {};
  return subresource ? `${resource}/${subresource}` : resource;
}
