import { z } from 'zod';
import { Failure } from '../../model/failure.ts';
import type { ProbePlan } from '../../model/probe-plan.ts';
import { PROBE_NAMESPACE } from '../../model/probe-steps.ts';
import type { Cluster } from '../connect.ts';
import { hasStatus } from '../errors.ts';
import { createObject, type ObjectRef } from '../objects.ts';
import { probeBackendBody, probeServiceBody, probeWatchBody } from './objects.ts';
import { probeBackend, probeDaemonSet, probeService } from './refs.ts';

/** In place of the run, which there is not. */
const RUN = 'dry-run';
/** In place of the Service's addresses, which only one that is created has (RFC 5737). */
const ADDRESSES = { clusterIP: '192.0.2.1', nodePort: 30_000 };

type Body = Record<string, unknown>;
const workloadSchema = z.looseObject({ spec: z.looseObject({ template: z.looseObject({}) }) });

/**
 * Whether RBAC, Pod Security, policies and quotas would let the probe in: the requests are made as a dry run, which writes nothing.
 * Pods are asked about too: Pod Security refuses these, and not what makes them
 * (https://kubernetes.io/docs/concepts/security/pod-security-admission/#workload-resources-and-pod-templates).
 *
 * @returns why not, as the API server says it of the first one; undefined where all would be let in
 */
export async function probeRefusal(cluster: Cluster, probe: ProbePlan): Promise<string | undefined> {
  const watch = probeWatchBody(probe, RUN, ADDRESSES);
  const backend = probeBackendBody(probe, RUN);
  const objects: [ObjectRef, Body][] = [
    [probeService, probeServiceBody(probe, RUN)],
    [probeBackend, backend],
    [podRef(probeBackend), podOf(backend)],
    [probeDaemonSet, watch],
    [podRef(probeDaemonSet), podOf(watch)],
  ];
  for (const [ref, body] of objects) {
    const refusal = await refusalOf(cluster, ref, body);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

async function refusalOf(cluster: Cluster, ref: ObjectRef, body: Body): Promise<string | undefined> {
  try {
    await createObject(cluster, ref, body, { dryRun: true });
    return undefined;
  } catch (error) {
    // One of another run is there, which admission is asked before.
    if (hasStatus(error, 409)) return undefined;
    if (error instanceof Failure && (error.kind === 'Forbidden' || error.kind === 'Invalid')) return error.message;
    throw error;
  }
}

/** A pod as the DaemonSet or the Deployment would make it. */
function podOf(workload: Body): Body {
  return workloadSchema.parse(workload).spec.template;
}

function podRef({ name }: ObjectRef): ObjectRef {
  return { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespace: PROBE_NAMESPACE, name: `${name}-dry-run` };
}
