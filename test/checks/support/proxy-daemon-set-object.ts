import { join } from 'node:path';
import { z } from 'zod';
import { readExport } from '../../../src/cluster/export/read-export.ts';
import type { PlainObject } from '../../../src/cluster/objects.ts';
import { exportsFolder } from './exported-facts.ts';

/** How kubeadm's DaemonSet kube-proxy is to differ. */
export interface ProxyDaemonSetChanges {
  image?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  nodeSelector?: Record<string, string>;
}

const daemonSetSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()),
  }),
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({
        containers: z.array(z.looseObject({ image: z.string() })),
        nodeSelector: z.record(z.string(), z.string()),
      }),
    }),
  }),
});

/** DaemonSet kube-proxy of the kubeadm export, changed. */
export async function proxyDaemonSetObject(changes: ProxyDaemonSetChanges): Promise<PlainObject> {
  const { objects } = await readExport(join(exportsFolder, 'kubeadm'));
  const found = objects.get('daemonsets')?.find(({ metadata }) => metadata.name === 'kube-proxy');
  const daemonSet = daemonSetSchema.parse(structuredClone(found));
  const template = daemonSet.spec.template.spec;
  for (const container of template.containers) container.image = changes.image ?? container.image;
  Object.assign(daemonSet.metadata.labels, changes.labels);
  Object.assign(daemonSet.metadata.annotations, changes.annotations);
  Object.assign(template.nodeSelector, changes.nodeSelector);
  return daemonSet;
}
