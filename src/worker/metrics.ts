import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { RequestRecord } from '../cluster/transport.ts';

/** What `worker.getState()` can answer. */
const states = ['INITIALIZED', 'RUNNING', 'STOPPING', 'DRAINING', 'DRAINED', 'STOPPED', 'FAILED'];

export interface WorkerMetrics {
  registry: Registry;
  /** To be called after each request to a cluster's API server. */
  onRequest: (record: RequestRecord & { cluster: string }) => void;
  /** To be called after each try to tell a receiver something. */
  onTold: (record: { receiver: string; event: string; result: 'told' | 'failed' }) => void;
}

/** The worker's own metrics, without those of runs; those of Temporal's SDK are served by the SDK. */
export function workerMetrics(state: () => string): WorkerMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: 'proxyshift_api_requests_total',
    help: "Requests to a cluster's API server; code is the HTTP status, or the kind of failure where there was no answer",
    labelNames: ['cluster', 'verb', 'code'],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: 'proxyshift_api_request_seconds',
    help: "How long a request to a cluster's API server took; a watch counts until its headers are there",
    labelNames: ['cluster', 'verb'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  const notifications = new Counter({
    name: 'proxyshift_notifications_total',
    help: 'Tries to tell a receiver of an event; one that failed is tried again, up to five times',
    labelNames: ['receiver', 'event', 'result'],
    registers: [registry],
  });
  new Gauge({
    name: 'proxyshift_worker_state',
    help: '1 for the state that the worker is in, 0 for the others',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const now = state();
      for (const one of states) this.set({ state: one }, one === now ? 1 : 0);
    },
  });
  return {
    registry,
    onRequest: ({ cluster, method, status, error, ms }) => {
      requests.inc({ cluster, verb: method, code: String(status ?? error ?? 'unknown') });
      seconds.observe({ cluster, verb: method }, ms / 1_000);
    },
    onTold: (record) => notifications.inc(record),
  };
}
