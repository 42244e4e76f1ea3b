import { expect, test } from 'vitest';
import { imageBuild, imageTag } from '../../src/cluster/image-tag.ts';

test.each([
  ['registry.k8s.io/kube-proxy:v1.35.4', 'v1.35.4'],
  ['mirror.example.com:5000/kube-proxy:v1.35.4', 'v1.35.4'],
  ['mirror.example.com:5000/kube-proxy', 'mirror.example.com:5000/kube-proxy'],
  ['registry.k8s.io/kube-proxy:v1.35.4@sha256:00ff', 'v1.35.4'],
  ['registry.k8s.io/kube-proxy@sha256:00ff', 'sha256:00ff'],
  ['', ''],
])('%s is build %s', (image, build) => {
  expect(imageBuild(image)).toBe(build);
});

test.each([
  ['mirror.example.com:5000/calico/node:v3.31.7@sha256:00ff', 'v3.31.7'],
  ['mirror.example.com:5000/calico/node', undefined],
  ['calico/node@sha256:00ff', undefined],
])('%s has tag %s', (image, tag) => {
  expect(imageTag(image)).toBe(tag);
});
