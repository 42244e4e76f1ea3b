import { z } from 'zod';

/** The controller of a pod: its kind and name. */
export interface Owner {
  kind: string;
  name: string;
}

/** `metadata.ownerReferences`, as far as the controller goes. */
export const ownerReferencesSchema = z
  .array(z.looseObject({ kind: z.string(), name: z.string(), controller: z.boolean().default(false) }))
  .default([]);

/** The one owner that manages the object; absent for an object that nobody does. */
export function controllerOf(references: z.output<typeof ownerReferencesSchema>): Owner | undefined {
  const owner = references.find(({ controller }) => controller);
  return owner && { kind: owner.kind, name: owner.name };
}
