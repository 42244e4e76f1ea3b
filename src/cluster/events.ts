import type { Cluster } from './connect.ts';
import { hasStatus } from './errors.ts';
import { sha256 } from './hash.ts';
import { createObject, describeRef, type ObjectRef, readObject } from './objects.ts';
import { installation, kubeProxyDaemonSet } from './refs.ts';

/** So long a name of an Event begins with the name of its object: 253 characters are accepted in all. */
const LONGEST_NAME = 200;
/** As long as the note of an Event of events.k8s.io may be (bytes). */
const LONGEST_MESSAGE = 1_024;

/** What `kubectl describe` shows below an object. */
export interface EventOptions {
  /** The same each time that it is recorded again: there is one Event then. */
  id: string;
  /** One word in upper camel case. */
  reason: string;
  message: string;
  type: 'Normal' | 'Warning';
  /** ISO 8601. */
  at: string;
}

/** The object that is named so: `DaemonSet kube-system/kube-proxy`, `Installation default`, `Node node-07`; undefined for others. */
export function objectNamed(described: string): ObjectRef | undefined {
  const known = [kubeProxyDaemonSet, installation].find((ref) => describeRef(ref) === described);
  if (known) return known;
  const [, node] = /^Node (\S+)$/.exec(described) ?? [];
  return node === undefined ? undefined : { apiVersion: 'v1', kind: 'Node', plural: 'nodes', name: node };
}

/**
 * Records an Event of an object; no-op where the object is not there. Events of what has no namespace are in `default`, as
 * the API server demands (k8s.io/kubernetes pkg/apis/core/validation/events.go).
 *
 * @throws Failure
 */
export async function recordEvent(cluster: Cluster, about: ObjectRef, options: EventOptions): Promise<void> {
  const { id, reason, message, type, at } = options;
  const found = await readObject(cluster, about);
  if (found === undefined) return;
  const { apiVersion, kind, name } = about;
  const involvedObject = { apiVersion, kind, name, namespace: about.namespace, uid: found.metadata.uid };
  const hash = sha256(`${id} ${describeRef(about)}`).slice(0, 16);
  const ref: ObjectRef = {
    apiVersion: 'v1',
    kind: 'Event',
    plural: 'events',
    namespace: about.namespace ?? 'default',
    name: `${name.slice(0, LONGEST_NAME)}.${hash}`,
  };
  const time = at.replace(/\.\d+Z$/, 'Z');
  try {
    await createObject(cluster, ref, {
      involvedObject,
      reason,
      message: cut(message),
      type,
      source: { component: 'proxyshift' },
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
    });
  } catch (error) {
    // It was recorded by a try whose answer was lost.
    if (!hasStatus(error, 409)) throw error;
  }
}

function cut(message: string): string {
  const bytes = Buffer.from(message, 'utf8');
  if (bytes.length <= LONGEST_MESSAGE) return message;
  // The last character may be cut in its middle.
  return `${bytes
    .subarray(0, LONGEST_MESSAGE - 6)
    .toString('utf8')
    .replace(/\ufffd+$/u, '')}…`;
}
