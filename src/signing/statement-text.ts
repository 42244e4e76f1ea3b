import canonicalize from 'canonicalize';
import type { ApprovalStatement } from '../model/signed-approval.ts';

/** The bytes that are signed and verified: canonical JSON (RFC 8785), without a line end. */
export function statementText(statement: ApprovalStatement): string {
  const text = canonicalize(statement);
  if (text === undefined) throw new TypeError('a statement is an object');
  return text;
}
