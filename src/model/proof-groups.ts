import { z } from 'zod';
import { type ProxyProof, proxyProofSchema } from './node-proof.ts';

/**
 * Proofs that say the same of several nodes, together: a history holds the proof of every node, and thousands of them differ
 * in names only. The pod of each node, by node.
 */
export const proofGroupSchema = proxyProofSchema
  .omit({ node: true, pod: true })
  .extend({ pods: z.record(z.string(), z.string()) });
export type ProofGroup = z.infer<typeof proofGroupSchema>;

export function groupProofs(proofs: readonly ProxyProof[]): ProofGroup[] {
  const groups = new Map<string, ProofGroup>();
  for (const { node, pod, ...said } of proofs) {
    const key = JSON.stringify(said);
    const group = groups.get(key) ?? { ...said, pods: {} };
    groups.set(key, group);
    group.pods[node] = pod;
  }
  return [...groups.values()];
}

/** Each proof of its own again. */
export function ungroupProofs(groups: readonly ProofGroup[]): ProxyProof[] {
  return groups.flatMap(({ pods, ...said }) => Object.entries(pods).map(([node, pod]) => ({ node, pod, ...said })));
}
