import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';

/** One request as it arrived. */
export interface Received {
  headers: IncomingHttpHeaders;
  /** Exactly as it was sent. */
  body: string;
  path: string;
}

export interface ReceiverServer extends AsyncDisposable {
  url: string;
  received: Received[];
  /** What comes of the next requests, one after the other; then each is answered 200. */
  answers: ((response: ServerResponse, request: Received) => void)[];
}

/** A real server, as people who are told have one. */
export async function startReceiver(): Promise<ReceiverServer> {
  const received: Received[] = [];
  const answers: ReceiverServer['answers'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = { headers: request.headers, body: Buffer.concat(chunks).toString('utf8'), path: request.url ?? '' };
      received.push(one);
      const answer = answers.shift();
      if (answer) answer(response, one);
      else response.end('ok');
    });
    // A test that hangs up in the middle.
    request.on('error', () => undefined);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    answers,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers with a status. */
export const answering =
  (status: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(status, headers).end('what it says may quote a s3cret');
  };

/** Never answers. */
export const hanging = (): void => undefined;
