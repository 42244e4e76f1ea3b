import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../model/failure.ts';
import { PinnedKubeConfig } from './dispatcher.ts';

/** One per file and context in this process: its connections and the answer of an exec plugin are shared. */
const loaded = new Map<string, { hash: string; kubeConfig: PinnedKubeConfig }>();

/**
 * Loads a kubeconfig and sets an explicit context; never falls back to another file, to in-cluster credentials or
 * to localhost as client-node's `loadFromDefault` does. The file is read on every call: when its content changed,
 * so did the credentials, and a new object (with new connections) takes the place of the old one.
 *
 * No error of this function quotes the content of the file.
 *
 * @param path absolute path of the kubeconfig; paths in it are relative to its folder
 * @throws Failure `Invalid` for a file that is missing or not a kubeconfig, and for an unknown context
 */
export async function loadKubeConfig(path: string, context: string): Promise<PinnedKubeConfig> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Failure('Invalid', `The kubeconfig "${path}" cannot be read (${error.code ?? 'unknown error'})`, {
      hint: 'Check `kubeconfig` in clusters.yaml: a path on the worker; relative paths start at clusters.yaml.',
    });
  });
  const hash = createHash('sha256').update(text).digest('hex');
  const key = JSON.stringify([path, context]);
  const known = loaded.get(key);
  if (known?.hash === hash) return known.kubeConfig;

  const kubeConfig = parse(text, path);
  const contexts = kubeConfig.contexts.map((c) => c.name);
  if (!contexts.includes(context)) {
    throw new Failure('Invalid', `The kubeconfig "${path}" has no context "${context}"`, {
      hint: `It has: ${contexts.join(', ') || 'none'}. Set \`context\` in clusters.yaml to one of these.`,
    });
  }
  kubeConfig.setCurrentContext(context);
  const fault = faultOf(kubeConfig, context);
  if (fault) throw new Failure('Invalid', `In the kubeconfig "${path}", context "${context}" ${fault}`);
  loaded.set(key, { hash, kubeConfig });
  return kubeConfig;
}

function parse(text: string, path: string): PinnedKubeConfig {
  const kubeConfig = new PinnedKubeConfig();
  try {
    kubeConfig.loadFromString(text);
    kubeConfig.makePathsAbsolute(dirname(path));
  } catch (error) {
    // The message of a YAML parser quotes the lines around the fault, which may hold a token: only its place is kept.
    throw new Failure('Invalid', `The kubeconfig "${path}" is not valid${placeOf(error)}`, {
      hint: `See what kubectl says: kubectl config view --kubeconfig ${path}`,
    });
  }
  if (!Array.isArray(kubeConfig.contexts)) kubeConfig.contexts = [];
  return kubeConfig;
}

function placeOf(error: unknown): string {
  const mark: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'mark') : undefined;
  const line: unknown = typeof mark === 'object' && mark !== null ? Reflect.get(mark, 'line') : undefined;
  return typeof line === 'number' ? ` YAML (line ${line + 1})` : '';
}

function faultOf(kubeConfig: PinnedKubeConfig, context: string): string | undefined {
  const { cluster, user } = kubeConfig.getContextObject(context) ?? {};
  const { server, skipTLSVerify } = kubeConfig.getCurrentCluster() ?? {};
  if (server === undefined) return `names a cluster "${cluster}" that is not there`;
  if (!kubeConfig.getCurrentUser()) return `names a user "${user}" that is not there`;
  if (!URL.canParse(server)) return `has a server "${server}" that is not a URL`;
  // client-node sends nothing over plain HTTP otherwise.
  if (server.startsWith('http:') && !skipTLSVerify) return 'uses plain HTTP without insecure-skip-tls-verify';
  return undefined;
}
