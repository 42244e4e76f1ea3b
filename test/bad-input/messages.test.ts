import { expect, it } from 'vitest';
import { approveSchema, byPersonSchema, type MessageName, parseMessage } from '../../src/model/messages.ts';
import { migrationRequestSchema } from '../../src/model/request.ts';
import { parseInput } from '../../src/model/schema-issues.ts';
import type { ApprovalStatement } from '../../src/model/signed-approval.ts';
import { expectOneSentence } from './support/refusal.ts';

const planHash = 'a'.repeat(64);
const approve = (change: Record<string, unknown>) => ({ approver: 'grace', planHash, ...change });
const statement: ApprovalStatement = {
  type: 'proxyshift.dev/approval/v1',
  clusterUid: 'uid',
  runId: 'run',
  planHash,
  approver: 'grace',
  expiresAt: '2026-03-04T10:00:00Z',
  nonce: '0'.repeat(32),
};
const signed = (change: Record<string, unknown>, signature: unknown = 'x') =>
  approve({ signed: { statement: { ...statement, ...change }, signature } });

it.each<[string, MessageName, unknown]>([
  ['the payload of approve is empty: expected an object with approver, planHash', 'approve', undefined],
  ['the payload of approve is empty: expected an object with approver, planHash', 'approve', null],
  ['the payload of approve is "yes": expected an object with approver, planHash', 'approve', 'yes'],
  [
    'the payload of approve is ["grace", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]: expected an object with approver, planHash',
    'approve',
    ['grace', planHash],
  ],
  ['approver is missing: expected a name; planHash is missing: expected 64 lower-case hex digits', 'approve', {}],
  ['planHash is "abc": expected 64 lower-case hex digits', 'approve', approve({ planHash: 'abc' })],
  [
    'planHash is "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA": expected 64 lower-case hex digits',
    'approve',
    approve({ planHash: planHash.toUpperCase() }),
  ],
  [
    'planHash is "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": expected 64 lower-case hex digits',
    'approve',
    approve({ planHash: `${planHash}a` }),
  ],
  ['planHash is 12: expected 64 lower-case hex digits', 'approve', approve({ planHash: 12 })],
  ['approver is "  ": expected a name', 'approve', approve({ approver: '  ' })],
  ['approver is {"name": …}: expected a name', 'approve', approve({ approver: { name: 'grace' } })],
  [
    'approver is "gggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggg…": expected a name',
    'approve',
    approve({ approver: 'g'.repeat(201) }),
  ],
  [
    'comment is "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc…": expected at most 2000 characters',
    'approve',
    approve({ comment: 'c'.repeat(2001) }),
  ],
  ['comment is true: expected a string', 'approve', approve({ comment: true })],
  ['"force" is not a known field: expected approver, planHash, comment, signed', 'approve', approve({ force: true })],
  [
    'approver is "": expected a name; planHash is "abc": expected 64 lower-case hex digits; "by", "xyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…" are not known fields: expected approver, planHash, comment, signed',
    'approve',
    { approver: '', planHash: 'abc', by: 'grace', [`x${'y'.repeat(200)}`]: 1 },
  ],
  [
    'approver is "\\u001b[31mgrace\\u009b0m\\u202e": expected a name without control characters; comment is 5: expected a string',
    'approve',
    approve({ approver: '\u001b[31mgrace\u009b0m\u202e', comment: 5 }),
  ],
  ['signed is "signature": expected an object with statement, signature', 'approve', approve({ signed: 'signature' })],
  ['signed.signature is missing: expected a string', 'approve', approve({ signed: { statement } })],
  ['signed.signature is "": expected at least 1 character', 'approve', signed({}, '')],
  [
    'signed.signature is "-----BEGIN SSH SIGNATURE-----\\n…": expected at most 16384 characters',
    'approve',
    signed({}, `-----BEGIN SSH SIGNATURE-----\n${'U1NIU0lH'.repeat(3000)}`),
  ],
  [
    'signed.statement.type is "proxyshift.dev/approval/v2": expected "proxyshift.dev/approval/v1"',
    'approve',
    signed({ type: 'proxyshift.dev/approval/v2' }),
  ],
  ['signed.statement.clusterUid is "": expected at least 1 character', 'approve', signed({ clusterUid: '' })],
  [
    'signed.statement.runId is "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr": expected at most 64 characters',
    'approve',
    signed({ runId: 'r'.repeat(65) }),
  ],
  [
    'signed.statement.planHash is missing: expected 64 lower-case hex digits',
    'approve',
    signed({ planHash: undefined }),
  ],
  [
    'signed.statement.approver is "a\\n…": expected a name without control characters',
    'approve',
    signed({ approver: 'a\nb' }),
  ],
  [
    'signed.statement.expiresAt is "tomorrow": expected a time in UTC such as "2026-03-04T10:00:00Z"',
    'approve',
    signed({ expiresAt: 'tomorrow' }),
  ],
  [
    'signed.statement.expiresAt is "2026-03-04T10:00:00+01:00": expected a time in UTC such as "2026-03-04T10:00:00Z"',
    'approve',
    signed({ expiresAt: '2026-03-04T10:00:00+01:00' }),
  ],
  [
    'signed.statement.expiresAt is 1772618400000: expected a time in UTC such as "2026-03-04T10:00:00Z"',
    'approve',
    signed({ expiresAt: 1_772_618_400_000 }),
  ],
  ['signed.statement.nonce is "abc": expected 32 to 64 lower-case hex digits', 'approve', signed({ nonce: 'abc' })],
  [
    '"signed.statement.force" is not a known field: expected type, clusterUid, runId, planHash, approver, comment, expiresAt, nonce',
    'approve',
    signed({ force: true }),
  ],
  ['the payload of reject is empty: expected an object with by', 'reject', undefined],
  [
    'by is missing: expected a name; "approver" is not a known field: expected by, comment',
    'reject',
    { approver: 'grace' },
  ],
  ['the payload of pause is "grace": expected an object with by', 'pause', 'grace'],
  ['the payload of pause is […]: expected an object with by', 'pause', [{ by: 'grace' }]],
  ['by is "": expected a name', 'resume', { by: '' }],
  ['by is 5: expected a name', 'resume', { by: 5 }],
  [
    'comment is "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc…": expected at most 2000 characters',
    'abort',
    { by: 'grace', comment: 'c'.repeat(2001) },
  ],
  ['"planHash" is not a known field: expected by, comment', 'abort', { by: 'grace', planHash }],
  ['by is missing: expected a name', 'rollback', {}],
  [
    '"a", "b", "c", "d", "e", "f", "g", "h", "i", "j" and 2 more are not known fields: expected by, comment',
    'rollback',
    { by: 'grace', ...Object.fromEntries([...'abcdefghijkl'].map((name) => [name, 1])) },
  ],
  ['"reason" is not a known field: expected by, comment', 'rollback', { by: 'grace', reason: 'error rate' }],
])('%s', (expected, name, payload) => {
  const parsed = parseMessage(name, name === 'approve' ? approveSchema : byPersonSchema, payload);
  const issues = parsed.success ? 'it was taken' : parsed.issues;
  expectOneSentence(issues);
  expect(issues).toBe(expected);
});

it.each<[string, unknown]>([
  ['the input is empty: expected an object with cluster, requester', undefined],
  ['the input is "prod-1": expected an object with cluster, requester', 'prod-1'],
  [
    'cluster is missing: expected lower-case letters, digits, "-" and ".", at most 63 characters; requester is missing: expected a name',
    {},
  ],
  [
    'cluster is "Prod_1": expected lower-case letters, digits, "-" and ".", at most 63 characters',
    { cluster: 'Prod_1', requester: 'ada' },
  ],
  [
    'cluster is "../prod": expected lower-case letters, digits, "-" and ".", at most 63 characters',
    { cluster: '../prod', requester: 'ada' },
  ],
  [
    'cluster is "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": expected lower-case letters, digits, "-" and ".", at most 63 characters',
    { cluster: 'a'.repeat(64), requester: 'ada' },
  ],
  ['requester is " ": expected a name', { cluster: 'prod-1', requester: ' ' }],
  ['target is "ipvs": expected "nftables" or "ebpf"', { cluster: 'prod-1', requester: 'ada', target: 'ipvs' }],
  ['ignoreChecks is "PXS014": expected a list', { cluster: 'prod-1', requester: 'ada', ignoreChecks: 'PXS014' }],
  [
    'ignoreChecks[1] is "pxs14": expected a code such as PXS001; ignoreChecks[2] is 3: expected a code such as PXS001',
    { cluster: 'prod-1', requester: 'ada', ignoreChecks: ['PXS014', 'pxs14', 3] },
  ],
  [
    '"kubeconfig" is not a known field: expected cluster, requester, target, ignoreChecks',
    { cluster: 'prod-1', requester: 'ada', kubeconfig: 'users: [{ token: s3cret }]' },
  ],
])('the input of a run: %s', (expected, input) => {
  const parsed = parseInput(migrationRequestSchema, input, { whole: 'the input' });
  const issues = parsed.success ? 'it was taken' : parsed.issues;
  expectOneSentence(issues);
  expect(issues).toBe(expected);
});
