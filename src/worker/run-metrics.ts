import { Gauge, type Registry } from 'prom-client';
import { gates } from '../model/plan.ts';
import { keepFresh } from './keep-fresh.ts';
import type { OpenRun, Runs } from './look-at-runs.ts';

/** Temporal is asked at most this often (ms), whoever scrapes. */
const FRESH_MS = 15_000;
/** A scrape waits so long for it (ms), then shows what was seen last: Prometheus gives up after 10 s unless told otherwise. */
const PATIENCE_MS = 6_000;

export interface RunMetricsOptions {
  freshMs?: number;
  patienceMs?: number;
}

/**
 * Adds what is known of runs. Every worker of a task queue shows the same: use `max by (cluster, …)`, never `sum`. Labels are names
 * of clusters in clusters.yaml and words of proxyshift, so that there are few of them.
 *
 * Where Temporal cannot be asked, what was seen last stays, and `proxyshift_temporal_up` is 0.
 */
export function runMetrics(registry: Registry, look: () => Promise<Runs>, options: RunMetricsOptions = {}): void {
  const { freshMs = FRESH_MS, patienceMs = PATIENCE_MS } = options;
  const nothing: Runs = { open: [], ended: [] };
  const read = keepFresh(look, { first: nothing, freshMs, patienceMs });
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    show: (set: (labels: Record<Label, string>, value: number) => void, runs: Runs) => void,
  ) => {
    new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      async collect() {
        const { value } = await read();
        this.reset();
        show((labels, number) => this.set(labels, number), value);
      },
    });
  };

  new Gauge({
    name: 'proxyshift_temporal_up',
    help: '1 where Temporal could be asked for runs when it was last tried, else 0',
    registers: [registry],
    async collect() {
      this.set((await read()).isUp ? 1 : 0);
    },
  });
  gauge('proxyshift_runs', 'Open runs, by cluster and phase', ['cluster', 'phase'], (set, { open }) => {
    for (const { cluster, phase } of open) set({ cluster, phase }, 1);
  });
  gauge(
    'proxyshift_run_started_timestamp_seconds',
    'When the open run of a cluster was started',
    ['cluster'],
    (set, { open }) => {
      for (const { cluster, startedAt } of open) set({ cluster }, startedAt.getTime() / 1_000);
    },
  );
  gauge(
    'proxyshift_run_nodes',
    'Nodes of the open run of a cluster: done, left behind, or still to do',
    ['cluster', 'state'],
    (set, { open }) => {
      for (const { cluster, progress } of open) {
        if (progress === undefined) continue;
        const { done, total, leftBehind = 0 } = progress.nodes;
        set({ cluster, state: 'done' }, done);
        set({ cluster, state: 'left_behind' }, leftBehind);
        set({ cluster, state: 'to_do' }, Math.max(0, total - done - leftBehind));
      }
    },
  );
  gauge(
    'proxyshift_run_waits_for_person',
    '1 where the open run of a cluster waits for a person: for approvals, for resume, for a step by hand, or with a rollback',
    ['cluster', 'reason'],
    (set, { open }) => {
      for (const run of open) for (const reason of reasonsOf(run)) set({ cluster: run.cluster, reason }, 1);
    },
  );
  gauge(
    'proxyshift_approval_waiting_seconds',
    'For how long the open run of a cluster has been waiting for approvals, of its plan or after its canary',
    ['cluster', 'gate'],
    (set, { open }) => {
      for (const { cluster, progress } of open) {
        const gate = gates.find((candidate) => candidate === progress?.gate);
        if (gate === undefined || progress?.gateSince === undefined) continue;
        set({ cluster, gate }, Math.max(0, Date.now() - Date.parse(progress.gateSince)) / 1_000);
      }
    },
  );
  gauge(
    'proxyshift_longest_gap_seconds',
    'The longest time without an answer that the probe of the open run of a cluster has seen; none where it saw none, or there is no probe',
    ['cluster', 'path'],
    (set, { open }) => {
      for (const { cluster, progress } of open) {
        if (progress?.longestGap === undefined) continue;
        set({ cluster, path: progress.longestGap.path }, progress.longestGap.ms / 1_000);
      }
    },
  );
  gauge(
    'proxyshift_last_run_ended_timestamp_seconds',
    'When the last run of a cluster ended, by its outcome',
    ['cluster', 'outcome'],
    (set, { ended }) => {
      for (const { cluster, outcome, endedAt } of ended) set({ cluster, outcome }, endedAt.getTime() / 1_000);
    },
  );
  gauge(
    'proxyshift_blockers',
    'Findings that were in the way of the last run of a cluster, by code; none while another run is open',
    ['cluster', 'code'],
    (set, { open, ended }) => {
      const busy = new Set(open.map(({ cluster }) => cluster));
      for (const { cluster, blockers } of ended) {
        if (busy.has(cluster)) continue;
        for (const [code, count] of Object.entries(blockers)) set({ cluster, code }, count);
      }
    },
  );
}

function reasonsOf({ phase, progress }: OpenRun): string[] {
  return [
    ...(progress?.gate === undefined ? [] : ['approval']),
    ...(progress?.paused ? ['resume'] : []),
    ...(progress && progress.byHand.length > 0 ? ['step_by_hand'] : []),
    ...(phase === 'rollback-stuck' ? ['rollback'] : []),
  ];
}
