import { z } from 'zod';
import { linuxDataplaneSchema, nftablesModeSchema } from '../../model/mode.ts';

/**
 * What proxyshift reads of Calico's objects; fields as in the CRDs of github.com/tigera/operator (`pkg/crds` in 1.41,
 * `pkg/imports/crds` in 1.42). Loose: what is not named here stays in the object and is left alone.
 */
const metadata = z.looseObject({
  name: z.string(),
  generation: z.int().optional(),
  resourceVersion: z.string().optional(),
  uid: z.string().optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  labels: z.record(z.string(), z.string()).optional(),
});

const conditionSchema = z.looseObject({
  /** Available, Progressing or Degraded (TigeraStatus); Ready and the like (Installation). */
  type: z.string(),
  /** True, False or Unknown. */
  status: z.string(),
  observedGeneration: z.int().optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
});

const onOff = z.enum(['Enabled', 'Disabled']);

/** `installations.operator.tigera.io`, cluster-scoped, name `default`. */
export const installationSchema = z.looseObject({
  metadata,
  spec: z
    .looseObject({
      variant: z.string().optional(),
      kubernetesProvider: z.string().optional(),
      calicoNetwork: z
        .looseObject({
          linuxDataplane: linuxDataplaneSchema.nullish(),
          linuxPolicySetupTimeoutSeconds: z.int().nullish(),
          bpfNetworkBootstrap: onOff.nullish(),
          kubeProxyManagement: onOff.nullish(),
        })
        .nullish(),
    })
    .default({}),
  status: z
    .looseObject({
      variant: z.string().optional(),
      calicoVersion: z.string().optional(),
      conditions: z.array(conditionSchema).nullish(),
    })
    .optional(),
});
export type Installation = z.infer<typeof installationSchema>;

/** `tigerastatuses.operator.tigera.io`, cluster-scoped: one for `calico`, `apiserver`, `ippools`… */
export const tigeraStatusSchema = z.looseObject({
  metadata,
  status: z.looseObject({ conditions: z.array(conditionSchema).nullish() }).optional(),
});
export type TigeraStatus = z.infer<typeof tigeraStatusSchema>;

/** `felixconfigurations`, name `default` or `node.<nodename>`; from 3.32 also any other name, with a `nodeSelector`. */
export const felixConfigurationSchema = z.looseObject({
  metadata,
  spec: z
    .looseObject({
      nftablesMode: nftablesModeSchema.nullish(),
      bpfEnabled: z.boolean().nullish(),
      /** Legacy, NFT or Auto: which iptables an iptables dataplane uses. */
      iptablesBackend: z.string().nullish(),
      /** A port, or a range such as `1024:65535`. */
      natPortRange: z.union([z.string(), z.number()]).nullish(),
      logPrefix: z.string().nullish(),
      /** Of all FelixConfigurations that match a node the oldest counts (`api/pkg/apis/projectcalico/v3`, 3.32). */
      nodeSelector: z.string().nullish(),
    })
    .default({}),
});
export type FelixConfiguration = z.infer<typeof felixConfigurationSchema>;

/** `datastoremigrations.migration.projectcalico.org` (3.32): from the CRDs of crd.projectcalico.org to native ones. */
export const datastoreMigrationSchema = z.looseObject({
  metadata,
  /** Pending, Migrating, WaitingForConflictResolution, Converged, Complete or Failed. */
  status: z.looseObject({ phase: z.string().optional() }).optional(),
});

/** `clusterinformations`, name `default`. Its version is that of the last writer. */
export const clusterInformationSchema = z.looseObject({
  metadata,
  spec: z.looseObject({ calicoVersion: z.string().optional(), datastoreReady: z.boolean().nullish() }).default({}),
});
export type ClusterInformation = z.infer<typeof clusterInformationSchema>;

/** Whether the operator says Degraded, of whatever generation. */
export function isDegraded({ status }: TigeraStatus): boolean {
  return (status?.conditions ?? []).some((condition) => condition.type === 'Degraded' && condition.status === 'True');
}

/** What a TigeraStatus says about one generation of the Installation. */
export interface TigeraStatusHealth {
  /** The operator has seen that generation and is done: Available, not Progressing, not Degraded. */
  settled: boolean;
  /** The reason and message of Degraded, where the operator says it of that generation. */
  degraded?: string;
  /** One sentence, for a person who waits. */
  why: string;
}

/**
 * Whether the operator has settled on `generation` (metadata.generation of the Installation; read it again after a patch,
 * since the operator writes defaults back). A condition of an older generation proves nothing: an operator that is dead
 * leaves Available there for ever (measured with 1.42.4). One without observedGeneration cannot prove it either.
 * Settled says nothing about the nodes: TigeraStatus stays Available while every Felix restarts.
 */
export function tigeraStatusHealth(status: TigeraStatus, generation: number): TigeraStatusHealth {
  const name = `TigeraStatus ${status.metadata.name}`;
  const conditions = status.status?.conditions ?? [];
  const find = (type: string) => conditions.find((condition) => condition.type === type);
  const [available, progressing, degraded] = [find('Available'), find('Progressing'), find('Degraded')];
  const said = (condition: { reason?: string | undefined; message?: string | undefined }) =>
    [condition.reason, condition.message].filter((part) => part !== undefined && part !== '').join(': ') ||
    'no reason given';
  if (degraded?.status === 'True') {
    const seen = degraded.observedGeneration;
    if (seen !== undefined && seen < generation) {
      return {
        settled: false,
        why: `${name} is Degraded for generation ${seen}, not yet for ${generation}: ${said(degraded)}`,
      };
    }
    return { settled: false, degraded: said(degraded), why: `${name} is Degraded: ${said(degraded)}` };
  }
  if (!available) return { settled: false, why: `${name} has no condition Available yet` };
  if (available.status !== 'True') return { settled: false, why: `${name} is not Available: ${said(available)}` };
  if (progressing?.status === 'True') return { settled: false, why: `${name} is Progressing: ${said(progressing)}` };
  const seen = available.observedGeneration;
  if (seen === undefined || seen < generation) {
    return {
      settled: false,
      why: `${name} is Available for generation ${seen ?? 'unknown'}, not yet for ${generation}; is the operator running?`,
    };
  }
  return { settled: true, why: `${name} is Available for generation ${seen}` };
}
