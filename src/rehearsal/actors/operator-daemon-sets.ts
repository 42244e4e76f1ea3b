import { z } from 'zod';
import { anyObjectSchema } from '../kube-api.ts';

/** The volume of calico-node's pods in eBPF mode. */
export const BPF_VOLUME = 'bpffs';

/** A DaemonSet, as far as the simulated operator reads it: calico-node, or kube-proxy. */
export const daemonSetSchema = anyObjectSchema.extend({
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({
        nodeSelector: z.record(z.string(), z.string()).optional(),
        volumes: z.array(z.looseObject({ name: z.string() })).optional(),
      }),
    }),
  }),
  status: z
    .looseObject({
      observedGeneration: z.number().optional(),
      currentNumberScheduled: z.number().optional(),
      updatedNumberScheduled: z.number().optional(),
      numberAvailable: z.number().optional(),
    })
    .optional(),
});
export type OperatorDaemonSet = z.infer<typeof daemonSetSchema>;

/** Whether its pods are those of eBPF mode. */
export function hasBpfVolume({ spec }: OperatorDaemonSet): boolean {
  return spec.template.spec.volumes?.some(({ name }) => name === BPF_VOLUME) ?? false;
}

/** Whether every pod is of the newest template, as bpf.go asks. */
export function isRolledOut({ metadata, status }: OperatorDaemonSet): boolean {
  return (
    status?.observedGeneration === metadata.generation &&
    status?.currentNumberScheduled === status?.updatedNumberScheduled &&
    status?.currentNumberScheduled === status?.numberAvailable
  );
}
