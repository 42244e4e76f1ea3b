import { z } from 'zod';
import type { DaemonSet } from './daemon-sets.ts';

/** Default of kured's `--lock-annotation` (kubereboot/kured cmd/kured/main.go, KuredNodeLockAnnotation). */
const LOCK_ANNOTATION = 'weave.works/kured-node-lock';

const holderSchema = z.looseObject({ nodeID: z.string() });
/** With `--concurrency` above 1 the lock has several holders (pkg/daemonsetlock, multiLockAnnotationValue). */
const lockSchema = z.union([
  z.looseObject({ locks: z.array(holderSchema) }).transform(({ locks }) => locks),
  holderSchema.transform((holder) => [holder]),
]);

/** kured: reboots nodes one by one, whenever they ask for it. */
export interface Kured {
  /** `kube-system/kured`. */
  daemonSet: string;
  /** Who holds its lock: nodes that are being rebooted, or whatever a person wrote there to pause it. Empty: nobody. */
  holders: readonly string[];
}

/**
 * Finds kured by its image's name, or by the lock on its DaemonSet.
 * @throws ZodError, SyntaxError where the lock cannot be read
 */
export function findKured(daemonSets: readonly DaemonSet[]): Kured | undefined {
  for (const { metadata, spec } of daemonSets) {
    const lock = metadata.annotations[LOCK_ANNOTATION];
    const named = spec.template.spec.containers.some(({ image }) => /\/kured(:|@|$)/.test(image));
    if (lock === undefined && !named) continue;
    const holders = lock ? lockSchema.parse(JSON.parse(lock)).map(({ nodeID }) => nodeID) : [];
    return { daemonSet: `${metadata.namespace}/${metadata.name}`, holders };
  }
  return undefined;
}
