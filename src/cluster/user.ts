import { z } from 'zod';
import type { Cluster } from './connect.ts';
import { hasStatus } from './errors.ts';

const reviewSchema = z.looseObject({
  status: z.looseObject({ userInfo: z.looseObject({ username: z.string().min(1) }) }),
});

/**
 * Who the API server takes the worker for: `system:serviceaccount:NAMESPACE:NAME`, the common name of a certificate, what a
 * webhook or OIDC says. Every authenticated user may ask (ClusterRole system:basic-user, KEP-3325).
 *
 * @returns undefined from an API server that cannot be asked: before Kubernetes 1.28
 * @throws Failure
 */
export async function readUserName(cluster: Cluster): Promise<string | undefined> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  try {
    const answer = await cluster.transport.json({ method: 'POST', path, body });
    return reviewSchema.parse(answer).status.userInfo.username;
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}
