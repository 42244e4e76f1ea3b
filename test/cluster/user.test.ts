import { describe, expect, test } from 'vitest';
import { Cluster } from '../../src/cluster/connect.ts';
import { statusFailure } from '../../src/cluster/errors.ts';
import type { ApiCalls, ApiRequest } from '../../src/cluster/transport.ts';
import { readUserName } from '../../src/cluster/user.ts';

/** A cluster whose API server answers every call with this. */
function answering(answer: (request: ApiRequest) => unknown): Cluster {
  const calls: ApiCalls = {
    server: 'https://192.0.2.10:6443',
    signal: undefined,
    json: async (request) => answer(request),
    text: async () => ({ status: 200, headers: {}, text: '' }),
    async *lines() {
      yield '';
    },
  };
  return new Cluster({ name: 'staging', uid: 'u' }, undefined, calls);
}

const answered = (status: number) => () => {
  throw statusFailure({ status, body: '', headers: {} }, { verb: 'create', object: 'selfsubjectreviews' });
};

describe('readUserName', () => {
  test('asks for a SelfSubjectReview, as every authenticated user may', async () => {
    const asked: ApiRequest[] = [];
    const cluster = answering((request) => {
      asked.push(request);
      // As a kube-apiserver 1.35 answers `kubectl auth whoami -o json`.
      return {
        kind: 'SelfSubjectReview',
        apiVersion: 'authentication.k8s.io/v1',
        metadata: { creationTimestamp: '2026-03-02T09:14:07Z' },
        status: { userInfo: { username: 'system:serviceaccount:ops:worker', groups: ['system:authenticated'] } },
      };
    });
    expect(await readUserName(cluster)).toBe('system:serviceaccount:ops:worker');
    expect(asked).toEqual([
      {
        method: 'POST',
        path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
      },
    ]);
  });

  test('an API server before 1.28 cannot be asked, which is no failure', async () => {
    expect(await readUserName(answering(answered(404)))).toBeUndefined();
  });

  test('a refusal is not taken for an old API server', async () => {
    await expect(readUserName(answering(answered(403)))).rejects.toMatchObject({ kind: 'Forbidden' });
  });
});
