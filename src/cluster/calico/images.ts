import semver from 'semver';
import { imageTag } from '../image-tag.ts';

/**
 * The version in the tag of an image: `3.31.7` of `quay.io/calico/node:v3.31.7@sha256:…`, and of
 * `rancher/hardened-calico:v3.31.7-build20260901`. Undefined for a digest alone, or a tag that is no version.
 */
export function versionOfImage(image: string): string | undefined {
  const version = semver.parse(imageTag(image));
  return version ? `${version.major}.${version.minor}.${version.patch}` : undefined;
}
