/** The tag of an image: `v1.35.4` of `mirror.example.com:5000/kube-proxy:v1.35.4@sha256:…`. Undefined where it has none. */
export function imageTag(image: string): string | undefined {
  const [reference = ''] = image.split('@');
  // The last `:` that no `/` follows; one before that is of the registry's port.
  return /:(?<tag>[^:/]+)$/.exec(reference)?.groups?.tag;
}

/**
 * What tells two builds of the same component apart: the tag, as kubeadm and the platforms set it. The registry says nothing
 * about it: nodes may pull from different mirrors. An image without a tag is told by its digest, or whole.
 */
export function imageBuild(image: string): string {
  const [reference = '', digest] = image.split('@');
  return imageTag(image) ?? digest ?? reference;
}
