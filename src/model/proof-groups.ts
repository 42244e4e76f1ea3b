import { z } from 'zod';
import { type FelixProof, felixProofSchema, type ProxyProof, proxyProofSchema } from './node-proof.ts';

/** The pod of each node, by node. */
const pods = z.record(z.string(), z.string());

/**
 * Proofs that say the same of several nodes, together: a history holds the proof of every node, and thousands of them differ
 * in names only.
 */
export const proofGroupSchema = proxyProofSchema.omit({ node: true, pod: true }).extend({ pods });
export type ProofGroup = z.infer<typeof proofGroupSchema>;

/** The same of what was seen of Felix. */
export const felixGroupSchema = felixProofSchema.omit({ node: true, pod: true }).extend({ pods });
export type FelixGroup = z.infer<typeof felixGroupSchema>;

export function groupProofs(proofs: readonly ProxyProof[]): ProofGroup[] {
  return group(proofs);
}

/** Each proof of its own again. */
export function ungroupProofs(groups: readonly ProofGroup[]): ProxyProof[] {
  return groups.flatMap(({ pods: of, ...said }) => Object.entries(of).map(([node, pod]) => ({ node, pod, ...said })));
}

export function groupFelix(proofs: readonly FelixProof[]): FelixGroup[] {
  return group(proofs);
}

/** Each proof of its own again. */
export function ungroupFelix(groups: readonly FelixGroup[]): FelixProof[] {
  return groups.flatMap(({ pods: of, ...said }) => Object.entries(of).map(([node, pod]) => ({ node, pod, ...said })));
}

interface OnPod {
  node: string;
  pod: string;
}

type Grouped<Proof extends OnPod> = Omit<Proof, keyof OnPod> & { pods: Record<string, string> };

function group<Proof extends OnPod>(proofs: readonly Proof[]): Grouped<Proof>[] {
  const groups = new Map<string, Grouped<Proof>>();
  for (const { node, pod, ...said } of proofs) {
    const key = JSON.stringify(said);
    const alike = groups.get(key) ?? { ...said, pods: {} };
    groups.set(key, alike);
    alike.pods[node] = pod;
  }
  return [...groups.values()];
}
