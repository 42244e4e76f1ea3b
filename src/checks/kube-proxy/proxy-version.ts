import semver from 'semver';
import { type ProxyVersion, proxyVersionOf } from '../../cluster/kube-proxy/version.ts';
import { Failure } from '../../model/failure.ts';
import type { ClusterFacts } from '../facts.ts';

/** A version of kube-proxy, and where it is known from. */
export interface KnownProxyVersion extends ProxyVersion {
  /** The image of the DaemonSet has no version (a digest alone): that of the API server is taken in its place. */
  assumed: boolean;
}

/**
 * The version of kube-proxy.
 * @throws Failure `Unhealthy` where neither the image of the DaemonSet nor the API server has one that can be read
 */
export async function readProxyVersion(facts: ClusterFacts): Promise<KnownProxyVersion> {
  const [daemonSet, text] = await Promise.all([facts.proxyDaemonSet(), facts.kubernetesVersion()]);
  const found = proxyVersionOf(daemonSet);
  if (found) return { ...found, assumed: false };
  const version = semver.coerce(text);
  if (version) return { version, text, vendorBuild: false, assumed: true };
  throw new Failure('Unhealthy', `The version of kube-proxy cannot be read: the API server's is "${text}"`, {
    object: 'DaemonSet kube-system/kube-proxy',
  });
}

/** `kube-proxy v1.35.4`, or `kube-proxy v1.35.4 (as the API server: its image has no version)`. */
export function describeProxyVersion({ text, assumed }: KnownProxyVersion): string {
  return `kube-proxy ${text}${assumed ? ' (as the API server: its image has no version)' : ''}`;
}
