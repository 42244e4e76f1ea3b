import { z } from 'zod';

/**
 * A setting outside of the cluster: where an installer or a person keeps what a run has written into the cluster. As long as it
 * says the old thing, the next upgrade, sync or roll-out may bring that back.
 */
export const sourceSettingSchema = z.object({
  /** What it sets. */
  sets: z.enum(['kube-proxy', 'Calico']),
  /** Who keeps it: `kubespray`, `Helm`, `Argo CD`. */
  keeper: z.string(),
  /** What the keeper was recognised by; absent where anybody may keep such a file. */
  by: z.string().optional(),
  /** The file, or the object in another system. */
  file: z.string(),
  /** How the lines have to read there, with those that they stand below. */
  lines: z.array(z.string()).min(1),
  /** What becomes of the cluster where they are not changed: a sentence without its full stop. */
  otherwise: z.string(),
});
export type SourceSetting = z.infer<typeof sourceSettingSchema>;
