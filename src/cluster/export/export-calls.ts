import { z } from 'zod';
import { Failure } from '../../model/failure.ts';
import { describeCall, kindOf } from '../api-path.ts';
import { statusFailure } from '../errors.ts';
import type { PlainObject } from '../objects.ts';
import type { ApiCalls, ApiRequest, ApiResponse } from '../transport.ts';
import type { ExportedObjects } from './read-export.ts';

const apiServiceSchema = z.looseObject({ spec: z.looseObject({ group: z.string().default(''), version: z.string() }) });

/** Groups of Kubernetes itself: whether their kinds exist is never a question. */
const builtIn = new Set(['', 'apps', 'discovery.k8s.io', 'coordination.k8s.io']);

/**
 * Answers the reading calls of `cluster/` from exported objects, as the API server would: an object that is not there is
 * 404. What the export does not hold is no answer, and never an empty one.
 *
 * @throws Failure `Refused` for a kind that was not exported, and for whatever only a cluster can answer
 */
export class ExportCalls implements ApiCalls {
  /** client-node wants an address; this one can never be reached (RFC 2606). */
  readonly server = 'http://export.invalid';
  readonly signal: AbortSignal | undefined = undefined;
  readonly #export: ExportedObjects;

  constructor(exported: ExportedObjects) {
    this.#export = exported;
  }

  async json(request: ApiRequest): Promise<unknown> {
    const [path = ''] = request.path.split('?');
    if (request.method !== 'GET') throw this.#onlyLive(request);
    if (path.replace(/\/$/, '') === '/version') return this.#version();
    if (path === '/apis') return { groups: this.#groups() };
    const place =
      /^\/(?:api|apis\/(?<group>[^/]+))\/[^/]+(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+))?$/;
    const { group = '', namespace, plural = '', name } = place.exec(path)?.groups ?? {};
    if (plural === '') throw this.#onlyLive(request);
    const items = this.#objectsOf(group, plural).filter(
      ({ metadata }) => namespace === undefined || metadata.namespace === decodeURIComponent(namespace),
    );
    if (name === undefined) return { kind: `${kindOf(plural) ?? ''}List`, metadata: {}, items: select(items, request) };
    const found = items.find(({ metadata }) => metadata.name === decodeURIComponent(name));
    if (found) return found;
    throw notFound(request);
  }

  async text(request: ApiRequest): Promise<ApiResponse> {
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      text: JSON.stringify(await this.json(request)),
    };
  }

  // biome-ignore lint/correctness/useYield: a stream is one of the things that an export does not have.
  async *lines(request: ApiRequest): AsyncGenerator<string, void, undefined> {
    throw this.#onlyLive(request);
  }

  /** @throws Failure `Refused` where the kind was not exported; as 404 where its group is known not to be served */
  #objectsOf(group: string, plural: string): readonly PlainObject[] {
    const items = this.#export.objects.get(plural);
    if (items !== undefined) return items;
    const served = builtIn.has(group) || this.#groups().some(({ name }) => name === group);
    if (!served) throw notFound({ method: 'GET', path: `/apis/${group}/v1/${plural}` });
    const full = group === '' || group === 'apps' ? plural : `${plural}.${group}`;
    throw this.#without(plural, `kubectl get ${full} -A -o yaml > ${plural}.yaml`);
  }

  #groups(): { name: string; versions: { version: string }[] }[] {
    const services = this.#export.objects.get('apiservices');
    if (services === undefined)
      throw this.#without('apiservices', 'kubectl get apiservices -o yaml > apiservices.yaml');
    const groups = new Map<string, { version: string }[]>();
    for (const service of services) {
      const { group, version } = apiServiceSchema.parse(service).spec;
      if (group !== '') groups.set(group, [...(groups.get(group) ?? []), { version }]);
    }
    return [...groups].map(([name, versions]) => ({ name, versions }));
  }

  #version(): unknown {
    if (this.#export.version !== undefined) return { gitVersion: this.#export.version };
    throw this.#without('version of the API server', 'kubectl version -o yaml > version.yaml');
  }

  #without(what: string, command: string): Failure {
    return new Failure('Refused', `The export has no ${what}`, {
      hint: `Add it to ${this.#export.directory}: ${command}`,
    });
  }

  #onlyLive({ method, path }: ApiRequest): Failure {
    const { verb, object } = describeCall(method, path);
    return new Failure('Refused', `An export cannot ${verb} ${object}: only the cluster itself can`);
  }
}

function notFound({ method, path }: Pick<ApiRequest, 'method' | 'path'>): Failure {
  return statusFailure({ status: 404, body: '', headers: {} }, describeCall(method, path));
}

/** What a label selector of the form `key=value,…` leaves. */
function select(items: readonly PlainObject[], { query = {} }: ApiRequest): PlainObject[] {
  const wanted = String(query.labelSelector ?? '')
    .split(',')
    .filter((part) => part !== '')
    .map((part) => part.split('='));
  return items.filter(({ metadata }) => wanted.every(([key = '', value]) => metadata.labels?.[key] === value));
}
