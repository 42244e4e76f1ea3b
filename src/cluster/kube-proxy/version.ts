import semver, { type SemVer } from 'semver';
import type { DaemonSet } from '../daemon-sets.ts';
import { imageTag } from '../image-tag.ts';
import { containerRunsProxy } from './container.ts';

/** Which kube-proxy runs, as far as its image says so. */
export interface ProxyVersion {
  /** Major, minor and patch; the suffix of a vendor is not a pre-release and is left out. */
  version: SemVer;
  /** As it is written: `v1.34.1-minimal-eksbuild.2`. */
  text: string;
  /** The tag has a suffix: a vendor built the image, with an nft binary of the vendor's choice. */
  vendorBuild: boolean;
}

/**
 * The version in the tag of an image: `registry.k8s.io/kube-proxy:v1.35.4`, `eks/kube-proxy:v1.34.1-minimal-eksbuild.2`.
 * @returns undefined where the tag holds none: a digest alone, `latest`
 */
export function proxyVersionIn(image: string): ProxyVersion | undefined {
  const text = imageTag(image);
  if (text === undefined || !/^v?\d+\.\d+\.\d+/.test(text)) return undefined;
  const version = semver.coerce(text);
  if (version === null) return undefined;
  return { version, text, vendorBuild: !/^v?\d+\.\d+\.\d+$/.test(text) };
}

/** The version of kube-proxy that a DaemonSet runs; undefined where its image does not say. */
export function proxyVersionOf(daemonSet: DaemonSet | undefined): ProxyVersion | undefined {
  const container = daemonSet?.spec.template.spec.containers.find(containerRunsProxy);
  return container && proxyVersionIn(container.image);
}
