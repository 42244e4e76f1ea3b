import { z } from 'zod';
import { planHashSchema } from './plan.ts';
import { personSchema } from './request.ts';

/**
 * Namespace of the signatures (`ssh-keygen -n`): a signature that was made for anything else, as for Git or a file, is no
 * approval. In the form that ssh-keygen(1) recommends.
 */
export const APPROVAL_NAMESPACE = 'approval@proxyshift.dev';

/** A signed approval may hold this long at most (ms): a week. */
export const LONGEST_APPROVAL_MS = 7 * 24 * 60 * 60_000;

/** By so much the clock of the person who signs may be ahead of Temporal's (ms). */
export const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** An id as Kubernetes and Temporal make them. Refusals repeat it before anything was verified. */
const uidSchema = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9-]*$/, 'expected letters, digits and "-"');

const aNonce = 'expected 32 to 64 lower-case hex digits';

/** What a person signs: who approves which plan, of which run, on which cluster, and until when. */
export const approvalStatementSchema = z.strictObject({
  /** What the text is, and the version of its form. */
  type: z.literal('proxyshift.dev/approval/v1'),
  /** uid of namespace kube-system: the approval is of no other cluster. */
  clusterUid: uidSchema,
  /** The approval is of no other run, also where a later one makes the same plan. */
  runId: uidSchema,
  planHash: planHashSchema,
  /** Absent: the plan is approved. `canary`: that the run goes on after its canary. */
  gate: z.literal('canary').optional(),
  /** The name that the list of allowed signers knows the key by. */
  approver: personSchema,
  /** Kept in the report; part of what is signed, so that nobody else can put words into a mouth. */
  comment: z.string().trim().max(2000).optional(),
  expiresAt: z.iso.datetime('expected a time in UTC such as "2026-03-04T10:00:00Z"'),
  /** At least 128 random bits: no two approvals are the same, so that one cannot count twice. */
  nonce: z.string(aNonce).regex(/^[0-9a-f]{32,64}$/, aNonce),
});
export type ApprovalStatement = z.infer<typeof approvalStatementSchema>;

/** A statement and its proof: the signature is of the statement's canonical form (RFC 8785). */
export const signedApprovalSchema = z.strictObject({
  statement: approvalStatementSchema,
  /** As `ssh-keygen -Y sign` writes it: `-----BEGIN SSH SIGNATURE-----` …. One by a certificate has some 4 KB. */
  signature: z.string().min(1).max(16_384),
});
export type SignedApproval = z.infer<typeof signedApprovalSchema>;

/** What came of verifying a signature. */
export const verificationSchema = z.discriminatedUnion('valid', [
  /** `key`: type and fingerprint as ssh-keygen prints them, `ED25519 SHA256:…`. */
  z.object({ valid: z.literal(true), key: z.string() }),
  z.object({ valid: z.literal(false), reason: z.string() }),
]);
export type Verification = z.infer<typeof verificationSchema>;
