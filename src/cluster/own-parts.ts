import { z } from 'zod';

const savedObjectSchema = z.looseObject({
  apiVersion: z.string().optional(),
  kind: z.string().optional(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});

/** An object without what the API server and controllers own: what `kubectl replace -f` takes, and what is compared. */
export type OwnParts = z.infer<typeof savedObjectSchema>;

/** Counted up by the API server whenever the template changes (pkg/registry/apps/daemonset: templateGeneration). */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

/** Drops status, and of the metadata all but name, namespace, labels and annotations. */
export function ownParts(object: unknown): OwnParts {
  const { metadata, status: _, ...rest } = savedObjectSchema.parse(object);
  const { name, namespace, labels } = metadata;
  const annotations = withoutTemplateGeneration(metadata.annotations);
  return {
    ...rest,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : withoutCounter(annotations)),
    },
  };
}

/** Annotations that people and installers write; none at all where only the API server's was there. */
function withoutCounter(annotations: Record<string, string>): { annotations?: Record<string, string> } {
  if (!(TEMPLATE_GENERATION in annotations)) return { annotations };
  const { [TEMPLATE_GENERATION]: _, ...own } = annotations;
  return Object.keys(own).length === 0 ? {} : { annotations: own };
}

/** None at all, where that was the only one. */
function withoutTemplateGeneration(annotations: Record<string, string> | undefined): typeof annotations {
  if (annotations === undefined || !(TEMPLATE_GENERATION in annotations)) return annotations;
  const { [TEMPLATE_GENERATION]: _, ...own } = annotations;
  return Object.keys(own).length > 0 ? own : undefined;
}
