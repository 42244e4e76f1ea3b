import { Failure } from '../../model/failure.ts';
import type { NftablesMode } from '../../model/mode.ts';
import type { CalicoCanary } from '../../model/plan.ts';
import type { Cluster } from '../connect.ts';
import { hasStatus } from '../errors.ts';
import {
  createObject,
  deleteObject,
  describeRef,
  mergePatch,
  type ObjectRef,
  type PlainObject,
  readObject,
} from '../objects.ts';
import { nodeFelixConfiguration } from '../refs.ts';
import { felixConfigurationSchema } from './installation-schema.ts';

/** Names the snapshot of the run that has created the object: nothing else is deleted. */
const ANNOTATION = 'proxyshift.dev/snapshot';

/** What a step on the canary's FelixConfiguration is told. */
export interface CanaryConfiguration {
  canary: Pick<CalicoCanary, 'node' | 'existing'>;
  mode: NftablesMode;
  /** Name of this run's snapshot. */
  snapshot: string;
}

/**
 * Sets the mode of one node's Felix: FelixConfiguration `node.<name>` is stronger than `default`, and the operator leaves it
 * alone (felix/config/config_params.go; measured with Felix 3.31.7).
 *
 * @throws Failure `Drifted` where the object is not as the plan saw it: there or not, without a mode
 */
export async function setCanaryMode(cluster: Cluster, configuration: CanaryConfiguration): Promise<void> {
  const { canary, mode, snapshot } = configuration;
  const ref = nodeFelixConfiguration(canary.node);
  const found = await readObject(cluster, ref);
  if (found === undefined) {
    if (canary.existing) throw drifted(ref, 'it is gone');
    const labels = { 'app.kubernetes.io/managed-by': 'proxyshift' };
    const metadata = { labels, annotations: { [ANNOTATION]: snapshot } };
    try {
      await createObject(cluster, ref, { metadata, spec: { nftablesMode: mode } });
    } catch (error) {
      // Another attempt of this run, or somebody else, was a moment faster.
      if (!hasStatus(error, 409)) throw error;
      await setCanaryMode(cluster, configuration);
    }
    return;
  }
  if (!canary.existing && !isOf(found, snapshot)) throw drifted(ref, 'somebody has created it meanwhile');
  const current = felixConfigurationSchema.parse(found).spec.nftablesMode ?? undefined;
  if (current === mode) return;
  if (current !== undefined) throw drifted(ref, `it sets nftablesMode ${current}`);
  const { resourceVersion } = found.metadata;
  await mergePatch(cluster, ref, { spec: { nftablesMode: mode } }, { resourceVersion });
}

/**
 * Takes {@link setCanaryMode} back: the object that this run has created is deleted, out of one that was there before the
 * field is taken. Whatever else somebody wrote into that one stays.
 */
export async function unsetCanaryMode(
  cluster: Cluster,
  { canary, mode, snapshot }: CanaryConfiguration,
): Promise<void> {
  const ref = nodeFelixConfiguration(canary.node);
  const found = await readObject(cluster, ref);
  if (found === undefined) return;
  const { uid, resourceVersion } = found.metadata;
  if (!canary.existing) {
    if (isOf(found, snapshot)) await deleteObject(cluster, ref, { uid });
    return;
  }
  if (felixConfigurationSchema.parse(found).spec.nftablesMode !== mode) return;
  await mergePatch(cluster, ref, { spec: { nftablesMode: null } }, { resourceVersion });
}

/** Whether the object that this run has created is still there. */
export async function canaryModeRemains(
  cluster: Cluster,
  { canary, snapshot }: Pick<CanaryConfiguration, 'canary' | 'snapshot'>,
): Promise<boolean> {
  const found = await readObject(cluster, nodeFelixConfiguration(canary.node));
  return found !== undefined && isOf(found, snapshot);
}

function isOf({ metadata }: PlainObject, snapshot: string): boolean {
  return metadata.annotations?.[ANNOTATION] === snapshot;
}

function drifted(ref: ObjectRef, how: string): Failure {
  return new Failure('Drifted', `${describeRef(ref)} is not what the plan saw: ${how}`, {
    object: describeRef(ref),
    hint: 'Start again: the new plan will show what is there now.',
  });
}
