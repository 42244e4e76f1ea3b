import { ApiException } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { describeCall } from '../../src/cluster/api-path.ts';
import { ApiFailure, scrub, toFailure } from '../../src/cluster/errors.ts';
import { Failure } from '../../src/model/failure.ts';

const context = { ...describeCall('GET', '/api/v1/namespaces/kube-system/configmaps/kube-proxy') };
const status = (code: number, message: string, reason?: string) =>
  JSON.stringify({ kind: 'Status', code, message, reason });
const coded = (message: string, code: string) => Object.assign(new Error(message), { code });

describe('every error of a cluster gets the kind that decides whether Temporal retries', () => {
  test.each([
    [new ApiException(409, 'x', status(409, 'modified', 'Conflict'), {}), 'Unreachable', 'answered 409: modified'],
    [new ApiException(429, 'x', 'slow down', { 'retry-after': '3' }), 'Unreachable', 'answered 429: slow down'],
    [new ApiException(502, 'x', '<html>bad gateway</html>', {}), 'Unreachable', 'answered 502'],
    [new ApiException(401, 'x', status(401, 'Unauthorized'), {}), 'Disconnected', 'does not accept the credentials'],
    [new ApiException(403, 'x', { message: 'no' }, {}), 'Forbidden', '(verb "get" on "configmaps"): no'],
    [new ApiException(404, 'x', '', {}), 'Invalid', 'ConfigMap kube-system/kube-proxy was not found'],
    [new ApiException(422, 'x', status(422, 'bad field'), {}), 'Invalid', 'bad field'],
    [Object.assign(new Error('Gone'), { statusCode: 410 }), 'Unreachable', 'answered 410'],
    [
      new TypeError('fetch failed', { cause: coded('connect ECONNREFUSED 10.0.0.1:6443', 'ECONNREFUSED') }),
      'Unreachable',
      'ECONNREFUSED',
    ],
    [new AggregateError([coded('connect ETIMEDOUT', 'ETIMEDOUT')], ''), 'Unreachable', 'ETIMEDOUT'],
    [coded('other side closed', 'UND_ERR_SOCKET'), 'Unreachable', 'other side closed'],
    [coded('certificate has expired', 'CERT_HAS_EXPIRED'), 'Disconnected', 'certificate'],
    [coded('self-signed certificate in chain', 'SELF_SIGNED_CERT_IN_CHAIN'), 'Disconnected', 'certificate'],
    [coded('alert certificate expired', 'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED'), 'Disconnected', 'certificate'],
    [coded('wrong version number', 'ERR_SSL_WRONG_VERSION_NUMBER'), 'Invalid', 'TLS'],
    [new DOMException('x', 'TimeoutError'), 'Unreachable', 'no answer in time'],
    [new Error('undefined is not a function'), 'Invalid', 'undefined is not a function'],
    ['a string', 'Invalid', 'a string'],
  ])('%o', (error, kind, message) => {
    const failure = toFailure(error, context);
    expect(failure).toMatchObject({ kind, details: { object: 'ConfigMap kube-system/kube-proxy' } });
    expect(failure.message).toContain(message);
  });

  test('Retry-After is kept', () => {
    expect(toFailure(new ApiException(429, 'x', '', { 'Retry-After': '3' }), context)).toMatchObject({
      retryAfterMs: 3000,
    });
  });

  test('a refusal says what to apply and how to check it', () => {
    const { details } = toFailure(new ApiException(403, 'x', '', {}), { ...context, resource: 'pods/portforward' });
    expect(details.hint).toContain('deploy/rbac.yaml');
    expect(details.hint).toContain('kubectl auth can-i get pods --subresource=portforward -n kube-system');
  });

  test('a failure is converted once', () => {
    const failure = new Failure('Drifted', 'x');
    expect(toFailure(failure, context)).toBe(failure);
  });
});

test('a cancellation passes untouched, so that Temporal sees its own', () => {
  const reason = new Error('workflow was cancelled');
  const signal = AbortSignal.abort(reason);
  expect(() => toFailure(new TypeError('fetch failed'), { ...context, signal })).toThrow(reason);
  const abort = new DOMException('aborted', 'AbortError');
  expect(() => toFailure(abort, context)).toThrow(abort);
});

test('no credential survives in an error, whatever the other side answers', () => {
  const token = 'opaque-token-0123456789';
  const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl';
  const echoed = `you sent ${token} and Authorization: Bearer abcdefghijkl and ${jwt}\n-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----`;
  const error = new ApiException(502, 'x', echoed, { 'x-echo': jwt });
  const failure = toFailure(error, { ...context, secrets: [token] });
  expect(failure).toBeInstanceOf(ApiFailure);
  expect(failure.cause).toBeUndefined();
  const all = JSON.stringify(failure) + failure.message + failure.stack;
  for (const secret of [token, 'abcdefghijkl', jwt, 'MII']) expect(all).not.toContain(secret);
});

test('long texts are cut to a line', () => {
  expect(scrub(`a\n  b ${'x'.repeat(1000)}`)).toHaveLength(300);
});
