import { z } from 'zod';
import { anyObjectSchema, type KubeApi } from '../kube-api.ts';

/** The field manager of the operator's writes. */
export const OPERATOR = 'operator';

const statusesPath = '/apis/operator.tigera.io/v1/tigerastatuses';

const conditionSchema = z.looseObject({ type: z.string(), status: z.string(), lastTransitionTime: z.string() });
type Condition = z.infer<typeof conditionSchema>;
const tigeraStatusSchema = anyObjectSchema.extend({
  status: z.looseObject({ conditions: z.array(conditionSchema).optional() }).optional(),
});

/** Why the operator is Degraded; `undefined` where it is not. */
export type Degradation = { reason: string; message: string } | undefined;

/** What a TigeraStatus is to say. */
export interface OperatorStatus {
  name: string;
  /** Of the Installation that was acted on. */
  generation: number | undefined;
  degraded: Degradation;
  /** calico-node is rolling out. */
  progressing?: boolean;
}

/** Writes a TigeraStatus; a switch of the dataplane does not take Available away (measured with operator 1.42.4). */
export async function reportStatus(
  api: KubeApi,
  { name, generation, degraded, progressing = false }: OperatorStatus,
  signal: AbortSignal,
): Promise<Condition[]> {
  const path = `${statusesPath}/${name}`;
  const existing = await api.read(path, tigeraStatusSchema, signal);
  if (!existing) {
    await api.create(
      { apiVersion: 'operator.tigera.io/v1', kind: 'TigeraStatus', metadata: { name }, spec: {} },
      OPERATOR,
      signal,
    );
  }
  const before = existing?.status?.conditions ?? [];
  const fine = { reason: 'AllObjectsAvailable', message: 'All objects available' };
  const condition = (type: string, status: boolean, why: { reason: string; message: string }): Condition => {
    const known = before.find((one) => one.type === type);
    const value = status ? 'True' : 'False';
    return {
      type,
      status: value,
      ...why,
      observedGeneration: generation,
      lastTransitionTime:
        known?.status === value ? known.lastTransitionTime : new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    };
  };
  const unknown = { reason: 'Unknown', message: '' };
  const rolling = {
    reason: 'ResourceNotReady',
    message: 'DaemonSet "calico-system/calico-node" update is rolling out',
  };
  const conditions = [
    condition('Available', !degraded, degraded ? unknown : fine),
    condition('Progressing', progressing, degraded ? unknown : progressing ? rolling : fine),
    condition('Degraded', degraded !== undefined, degraded ?? fine),
  ];
  await api.mergePatch(`${path}/status`, { status: { conditions } }, OPERATOR, signal);
  return conditions;
}
