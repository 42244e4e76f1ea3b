import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';
import { Failure } from '../model/failure.ts';
import { packageRoot } from './binaries/package-root.ts';
import { anyObjectSchema, type KubeApi } from './kube-api.ts';
import type { CalicoInstall } from './objects/calico-version.ts';
import { resourcePath } from './resource-path.ts';

/** The ServiceAccount of `deploy/rbac.yaml`. */
const account = { namespace: 'kube-system', name: 'proxyshift' };

/** The user that the API server's audit log names for the worker. */
export const workerUser = `system:serviceaccount:${account.namespace}:${account.name}`;

const namedSchema = anyObjectSchema.extend({ apiVersion: z.string(), kind: z.string() });
const tokenRequestSchema = z.looseObject({ status: z.looseObject({ token: z.string() }) });

/** What the comment at the top of `deploy/rbac.yaml` tells a person to select. */
const neededFor: Record<CalicoInstall, string[]> = {
  none: ['every-cluster'],
  manifest: ['every-cluster', 'calico'],
  operator: ['every-cluster', 'calico', 'tigera-operator'],
};

/** Roles that not every run needs. */
export type OptionalRole = 'rolling' | 'make-before-break' | 'events' | 'probe';

/** Where the kubeconfig goes, and which cluster it is for. */
export interface WorkerAccessOptions {
  api: KubeApi;
  /** Decides which objects of the file are for this cluster: they are labelled by what needs them. */
  calico: CalicoInstall;
  /** With what strategy `rolling`, hand-over `make-before-break`, or a probe needs. */
  also: readonly OptionalRole[];
  directory: string;
  pkiDir: string;
  context: string;
  signal: AbortSignal;
}

/**
 * Applies `deploy/rbac.yaml` and writes a kubeconfig with a token of its ServiceAccount, good for a day: exactly the
 * permissions that the product asks for in production.
 *
 * @returns the path of the kubeconfig, whose only context is `options.context`
 */
export async function createWorkerKubeconfig(options: WorkerAccessOptions): Promise<string> {
  const { api, calico, also, signal } = options;
  const parts = [...neededFor[calico], ...also];
  const manifest = join(packageRoot(), 'deploy', 'rbac.yaml');
  for (const document of parseAllDocuments(await readFile(manifest, 'utf8'))) {
    const [error] = document.errors;
    if (error) throw new Failure('Invalid', `${manifest} is not YAML: ${error.message}`);
    const content: unknown = document.toJS();
    if (content === null) continue;
    const object = namedSchema.parse(content);
    const { name, namespace, labels } = object.metadata;
    if (!parts.includes(labels?.['proxyshift.dev/needed-for'] ?? '')) continue;
    await api.call('PATCH', resourcePath(object.apiVersion, object.kind, namespace, name), {
      body: object,
      contentType: 'application/apply-patch+yaml',
      query: { fieldManager: 'kubectl', force: 'true' },
      signal,
    });
  }
  const answer = await api.call(
    'POST',
    `${resourcePath('v1', 'ServiceAccount', account.namespace, account.name)}/token`,
    {
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 86_400 } },
      signal,
    },
  );
  const { token } = tokenRequestSchema.parse(answer).status;
  const path = join(options.directory, 'worker.kubeconfig');
  await writeFile(path, stringify(kubeconfig(options, token)), { mode: 0o600 });
  return path;
}

function kubeconfig({ api, pkiDir, context }: WorkerAccessOptions, token: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: context, cluster: { server: api.server, 'certificate-authority': join(pkiDir, 'ca.crt') } }],
    contexts: [{ name: context, context: { cluster: context, user: account.name } }],
    'current-context': context,
    users: [{ name: account.name, user: { token } }],
  };
}
