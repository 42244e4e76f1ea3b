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
 * Of the content of the file no error of this function quotes anything but names of contexts, clusters and users.
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
  if (contexts.length === 0) {
    throw new Failure('Invalid', `The kubeconfig "${path}" has no contexts`, {
      hint: 'Expected what `kubectl config view --raw` prints. Check `kubeconfig` in clusters.yaml.',
    });
  }
  if (!contexts.includes(context)) {
    throw new Failure('Invalid', `The kubeconfig "${path}" has no context "${context}"`, {
      hint: `It has: ${contexts.join(', ')}. Set \`context\` in clusters.yaml to one of these.`,
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
    // An empty file holds nothing, which is told apart from one that is wrong.
    kubeConfig.loadFromString(text.trim() === '' ? '{}' : text);
    kubeConfig.makePathsAbsolute(dirname(path));
  } catch (error) {
    // The message of a YAML parser quotes the lines around the fault, which may hold a token: only its place is kept.
    throw new Failure('Invalid', `The kubeconfig "${path}" is not valid${placeOf(error) || reasonOf(error)}`, {
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

/** What client-node says of its own, which is the path of a field; or that a file that is named in it is not there. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if (/^(clusters|contexts|users)\[\d+\][.\w]* is missing$/.test(error.message)) return `: ${error.message}`;
  if ('code' in error) return `: a file that it names cannot be read (${error.code})`;
  return error instanceof TypeError ? ': a field has another type than kubectl gives it' : '';
}

function namesIn(entries: readonly { name: string }[]): string {
  return `it has ${entries.map(({ name }) => name).join(', ') || 'none'}`;
}

function faultOf(kubeConfig: PinnedKubeConfig, context: string): string | undefined {
  const { cluster, user } = kubeConfig.getContextObject(context) ?? {};
  const { server, skipTLSVerify } = kubeConfig.getCurrentCluster() ?? {};
  if (server === undefined) return `names a cluster "${cluster}" that is not there; ${namesIn(kubeConfig.clusters)}`;
  if (!kubeConfig.getCurrentUser()) return `names a user "${user}" that is not there; ${namesIn(kubeConfig.users)}`;
  const { protocol } = URL.parse(server) ?? {};
  // Not quoted: a password may be in it.
  if (protocol !== 'https:' && protocol !== 'http:') return 'has a server that is no URL, such as https://HOST:6443';
  // client-node sends nothing over plain HTTP otherwise.
  if (protocol === 'http:' && !skipTLSVerify)
    return 'uses plain HTTP without insecure-skip-tls-verify; expected https://';
  return undefined;
}
