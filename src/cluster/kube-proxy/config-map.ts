import { z } from 'zod';
import { Failure } from '../../model/failure.ts';
import type { Cluster } from '../connect.ts';
import { sha256 } from '../hash.ts';
import { describeRef, mergePatch, type PlainObject, readObject } from '../objects.ts';
import { kubeProxyConfigMap } from '../refs.ts';

/** Key of kube-proxy's configuration in the ConfigMap that kubeadm makes. */
const CONFIG_KEY = 'config.conf';

const configDataSchema = z.looseObject({ data: z.record(z.string(), z.string()).default({}) });
const configMapSchema = z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string() }) });

/** kube-proxy's configuration as it is in the cluster now. */
export interface ProxyConfigMap {
  /** Text of `config.conf`. */
  text: string;
  /** SHA-256 of the text, in hex. */
  hash: string;
  resourceVersion: string;
}

/**
 * Reads ConfigMap kube-system/kube-proxy.
 * @throws Failure `Invalid` where there is none, or none with `config.conf`.
 */
export async function readProxyConfigMap(cluster: Cluster): Promise<ProxyConfigMap> {
  return parseProxyConfigMap(await readObject(cluster, kubeProxyConfigMap));
}

/**
 * What ConfigMap kube-system/kube-proxy holds, as it was read.
 * @throws Failure `Invalid`, as `readProxyConfigMap`
 */
export function parseProxyConfigMap(found: PlainObject | undefined): ProxyConfigMap {
  const object = describeRef(kubeProxyConfigMap);
  if (found === undefined) {
    throw new Failure('Invalid', `${object} does not exist`, {
      object,
      hint: 'proxyshift changes clusters whose kube-proxy is set up as kubeadm does it: a ConfigMap with config.conf.',
    });
  }
  const text = configTextOf(found);
  const { resourceVersion } = configMapSchema.parse(found).metadata;
  return { text, hash: sha256(text), resourceVersion };
}

/**
 * The text of `config.conf` in a ConfigMap, read or saved.
 * @throws Failure `Invalid` where there is none
 */
export function configTextOf(configMap: unknown): string {
  const { data } = configDataSchema.parse(configMap);
  const text = data[CONFIG_KEY];
  if (text !== undefined) return text;
  const object = describeRef(kubeProxyConfigMap);
  throw new Failure('Invalid', `${object} has no key ${CONFIG_KEY} (keys: ${Object.keys(data).join(', ') || 'none'})`, {
    object,
    hint: 'On a platform that keeps the mode elsewhere, change it there; proxyshift would be overwritten.',
  });
}

/** The same ConfigMap with another text. */
export function withConfigText<T extends object>(configMap: T, text: string): T {
  const { data } = configDataSchema.parse(configMap);
  return { ...configMap, data: { ...data, [CONFIG_KEY]: text } };
}

/**
 * Writes `config.conf`; refused by the API server where the ConfigMap changed since it was read.
 * @throws Failure `Unreachable` with status 409 in that case: read again.
 */
export async function writeProxyConfigMap(cluster: Cluster, text: string, resourceVersion: string): Promise<void> {
  await mergePatch(cluster, kubeProxyConfigMap, { data: { [CONFIG_KEY]: text } }, { resourceVersion });
}
