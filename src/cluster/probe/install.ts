import { z } from 'zod';
import { Failure } from '../../model/failure.ts';
import type { LeftBehind } from '../../model/node-proof.ts';
import { type InstallProbe, PROBE_NAMESPACE, type ProbeInstalled } from '../../model/probe-steps.ts';
import { someOf } from '../../model/some-of.ts';
import type { Cluster } from '../connect.ts';
import { listLinuxNodes } from '../nodes.ts';
import { createObject, deleteObject, describeRef, type ObjectRef, type PlainObject, readObject } from '../objects.ts';
import { watchObjects } from '../watch.ts';
import { podsOfRun, RUN_LABEL } from './labels.ts';
import { type ProbeAddresses, probeBackendBody, probeServiceBody, probeWatchBody } from './objects.ts';
import { ProbePods } from './probe-pods.ts';
import { probeBackend, probeDaemonSet, probeObjects, probeService } from './refs.ts';

/**
 * Puts the probe into its namespace, and waits until it asks from every node that is Ready and somebody answers. Done again, it
 * goes on with what is there of the same run.
 *
 * @throws Failure `Unhealthy` where nobody answers, or no node asks
 */
export async function installProbe(
  cluster: Cluster,
  { probe, runId, timeoutMs }: Omit<InstallProbe, 'cluster'>,
  { signal }: { signal: AbortSignal },
): Promise<ProbeInstalled> {
  // First what asks: it would ask an address that is gone.
  for (const ref of probeObjects) await dropOthers(cluster, ref, runId);
  const service = await ensure(cluster, probeService, runId, probeServiceBody(probe, runId));
  await ensure(cluster, probeBackend, runId, probeBackendBody(probe, runId));
  await ensure(cluster, probeDaemonSet, runId, probeWatchBody(probe, runId, addressesOf(service)));
  const nodes = await listLinuxNodes(cluster);
  const asked = nodes.filter(({ ready }) => ready).map(({ name }) => name);
  const pods = new ProbePods();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const selection = { apiVersion: 'v1', plural: 'pods', namespace: PROBE_NAMESPACE, labelSelector: podsOfRun(runId) };
  for await (const event of watchObjects(cluster, { ...selection, signal: limit })) {
    pods.apply(event);
    if (pods.answers && asked.every((node) => pods.asksFrom(node))) break;
  }
  signal.throwIfAborted();
  if (!pods.answers) throw unhealthy(`Nobody answers the probe: ${pods.whyNobodyAnswers()}`, describeRef(probeBackend));
  const without = asked.flatMap((node) => (pods.asksFrom(node) ? [] : [left(node, pods.whyNotFrom(node))]));
  if (without.length === asked.length) {
    const whys = someOf([...new Set(without.map(({ why }) => why))], 3).join('; ');
    throw unhealthy(`The probe runs on no node: ${whys}`, describeRef(probeDaemonSet));
  }
  const notReady = nodes.filter(({ ready }) => !ready).map(({ name }) => left(name, 'the node is not Ready'));
  return { nodes: asked.length - without.length, without: [...without, ...notReady] };
}

/** Takes away what another run has left. */
async function dropOthers(cluster: Cluster, ref: ObjectRef, runId: string): Promise<void> {
  const found = await readObject(cluster, ref);
  if (found && found.metadata.labels?.[RUN_LABEL] !== runId)
    await deleteObject(cluster, ref, { uid: found.metadata.uid });
}

/** Creates an object where it is not there. */
async function ensure(
  cluster: Cluster,
  ref: ObjectRef,
  runId: string,
  body: Record<string, unknown>,
): Promise<PlainObject> {
  const found = await readObject(cluster, ref);
  if (found?.metadata.labels?.[RUN_LABEL] === runId && found.metadata.deletionTimestamp === undefined) return found;
  // 409 where the one that was deleted still waits for a finalizer: the step is done again.
  return await createObject(cluster, ref, body);
}

const serviceSchema = z.looseObject({
  spec: z.looseObject({
    clusterIP: z.string(),
    ports: z.array(z.looseObject({ protocol: z.string(), nodePort: z.int().optional() })),
  }),
});

function addressesOf(service: PlainObject): ProbeAddresses {
  const { clusterIP, ports } = serviceSchema.parse(service).spec;
  return { clusterIP, nodePort: ports.find(({ protocol }) => protocol === 'TCP')?.nodePort };
}

function left(node: string, why: string): LeftBehind {
  return { node, why, lastLines: [] };
}

function unhealthy(message: string, object: string): Failure {
  const hint = `Look at it: kubectl -n ${PROBE_NAMESPACE} get events,pods -o wide. Or take probe out of clusters.yaml`;
  return new Failure('Unhealthy', message, { object, hint });
}
