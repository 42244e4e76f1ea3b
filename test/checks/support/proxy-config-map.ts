import { join } from 'node:path';
import { z } from 'zod';
import { readExport } from '../../../src/cluster/export/read-export.ts';
import type { PlainObject } from '../../../src/cluster/objects.ts';
import { exportsFolder } from './exported-facts.ts';

const dataSchema = z.record(z.string(), z.string());

/** ConfigMap kube-proxy of the kubeadm export, with another text in `config.conf`. */
export async function proxyConfigMap(change: (text: string) => string): Promise<PlainObject> {
  const { objects } = await readExport(join(exportsFolder, 'kubeadm'));
  const found = objects.get('configmaps')?.find(({ metadata }) => metadata.name === 'kube-proxy');
  if (found === undefined) throw new Error('the export of kubeadm has no ConfigMap kube-proxy');
  const data = dataSchema.parse(found.data);
  return { ...found, data: { ...data, 'config.conf': change(data['config.conf'] ?? '') } };
}
