import {
  type Configuration,
  createConfiguration,
  ResponseContext,
  ServerConfiguration,
  wrapHttpLibrary,
} from '@kubernetes/client-node';
import { z } from 'zod';
import type { ApiCalls } from './transport.ts';

const methodSchema = z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * Configuration for client-node's typed APIs (`CoreV1Api`, …) that sends their requests through a `Transport`: they
 * get its connections, deadline and cancellation, and throw `Failure` instead of `ApiException`.
 */
export function typedApiConfiguration(transport: ApiCalls): Configuration {
  return createConfiguration({
    baseServer: new ServerConfiguration(transport.server, {}),
    // The transport authenticates; here it would be done a second time.
    authMethods: {},
    httpApi: wrapHttpLibrary({
      async send(request) {
        const body = request.getBody();
        if (body !== undefined && typeof body !== 'string') {
          throw new TypeError('form data is not sent to a Kubernetes API');
        }
        const { status, headers, text } = await transport.text({
          method: methodSchema.parse(request.getHttpMethod().toString()),
          path: request.getUrl().slice(transport.server.length),
          body,
          contentType: request.getHeaders()['Content-Type'],
          signal: request.getSignal(),
        });
        return new ResponseContext(status, headers, {
          text: async () => text,
          binary: async () => Buffer.from(text),
          stream: () => null,
        });
      },
    }),
  });
}
