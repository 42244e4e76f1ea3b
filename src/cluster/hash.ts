import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** SHA-256 of a text, in hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** SHA-256 of the canonical form of a JSON value (RFC 8785), in hex: the order of keys does not matter. */
export function canonicalHash(value: unknown): string {
  return sha256(canonicalize(value) ?? '');
}
