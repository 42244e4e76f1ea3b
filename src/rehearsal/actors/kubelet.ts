import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { ContainerLogs } from './container-log.ts';
import { forwardPort } from './port-forward.ts';
import { sendLog } from './send-log.ts';

/** What the kubelets know about what runs on their nodes. */
export interface KubeletOptions {
  /** The logs of a container, or `undefined` where nothing is simulated in it: then it has written nothing. */
  logsOf: (namespace: string, pod: string, container: string) => ContainerLogs | undefined;
  /** Lets a program that listens on 127.0.0.1 of the pod's network take the connection; false where none does. */
  connect: (namespace: string, pod: string, port: number, connection: Duplex) => boolean;
}

/**
 * The two parts of a kubelet's server that the API server uses for `pods/log` and `pods/portforward`
 * (k8s.io/kubernetes pkg/kubelet/server/server.go).
 *
 * Port-forward is answered for the `v4.channel.k8s.io` WebSocket that client-node speaks, not for the SPDY of kubectl.
 */
export function kubeletHandlers(options: KubeletOptions) {
  const webSockets = new WebSocketServer({
    noServer: true,
    // The protocols of k8s.io/kubelet pkg/cri/streaming/portforward/websocket.go, minus base64.
    handleProtocols: (offered) => (offered.has('v4.channel.k8s.io') ? 'v4.channel.k8s.io' : false),
  });

  return {
    onRequest(request: IncomingMessage, response: ServerResponse): void {
      const url = new URL(request.url ?? '/', 'https://kubelet');
      const [action, namespace, pod, container] = url.pathname.split('/').filter(Boolean);
      if (action !== 'containerLogs' || !namespace || !pod || !container) {
        response.writeHead(404).end('404 page not found\n');
        return;
      }
      sendLog(options.logsOf(namespace, pod, container), container, url.searchParams, response);
    },

    onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
      const url = new URL(request.url ?? '/', 'https://kubelet');
      const [action, namespace, pod] = url.pathname.split('/').filter(Boolean);
      const port = Number(url.searchParams.get('port'));
      if (
        action !== 'portForward' ||
        !namespace ||
        !pod ||
        !Number.isInteger(port) ||
        request.headers.upgrade?.toLowerCase() !== 'websocket'
      ) {
        socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
        return;
      }
      webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        forwardPort(webSocket, port, (connection) => options.connect(namespace, pod, port, connection));
      });
    },
  };
}
