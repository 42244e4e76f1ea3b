import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { inject, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import type { Approve, ByPerson, Confirm } from '../../../src/model/messages.ts';
import type { HandStep, Progress } from '../../../src/model/progress.ts';
import type { Report } from '../../../src/model/report.ts';
import { type Target, workflowIdOf } from '../../../src/model/request.ts';
import { keptReportSchema } from '../../../src/model/stored-report.ts';
import { resolveBinaries } from '../../../src/rehearsal/binaries/resolve.ts';
import {
  createRehearsalCluster,
  type RehearsalCluster,
  type RehearsalOptions,
} from '../../../src/rehearsal/cluster.ts';
import { controlPlaneBinaries } from '../../../src/rehearsal/control-plane.ts';
import { testTiming } from '../../../src/rehearsal/timing.ts';
import type { Accepted } from '../../../src/workflows/messages.ts';
import type { migrateCluster } from '../../../src/workflows/migrate-cluster.ts';
import { captureHistory } from './capture-history.ts';
import { type RunningWorker, startWorker } from './worker-process.ts';

export const REQUESTER = 'requester@example.com';
export const APPROVER = 'oncall@example.com';

/** What a test sets, beside the cluster: the entry in clusters.yaml. */
export interface RehearseOptions extends Omit<RehearsalOptions, 'binaries'> {
  entry?: {
    approval?: Record<string, unknown>;
    rollout?: Record<string, unknown>;
    calico?: Record<string, unknown>;
    windows?: unknown[];
    freeze?: unknown[];
    probe?: Record<string, unknown>;
  };
  /** Who is told of it: `notifications` of clusters.yaml. */
  notifications?: Record<string, unknown>;
  /** Without, no worker is started. */
  worker?: boolean;
  /** `host:port` of another Temporal than the one that all tests share: one that the test ends. */
  temporalAddress?: string;
}

/** A rehearsal cluster, its entry in clusters.yaml, a worker for it, and a client. All of it ends with the test. */
export interface Rehearsal {
  cluster: RehearsalCluster;
  client: Client;
  taskQueue: string;
  clustersFile: string;
  worker: RunningWorker | undefined;
  startWorker(): Promise<RunningWorker>;
  /** Starts a run; a second one is refused by Temporal. */
  start(requester?: string, target?: Target): Promise<Run>;
}

/** One run, as a person handles it. */
export class Run {
  readonly handle: WorkflowHandle<typeof migrateCluster>;

  constructor(handle: WorkflowHandle<typeof migrateCluster>) {
    this.handle = handle;
  }

  progress(): Promise<Progress> {
    return this.handle.query<Progress>('progress');
  }

  /** Temporal has nothing to watch for queries, so this asks again and again. */
  async until(what: string, holds: (progress: Progress) => boolean): Promise<Progress> {
    for (;;) {
      const progress = await this.progress();
      if (holds(progress)) return progress;
      if (progress.outcome !== undefined) {
        const { failure, findings } = await this.report();
        throw new Error(`ended ${progress.outcome} before ${what}: ${JSON.stringify(failure ?? findings)}`);
      }
      await delay(50);
    }
  }

  /** The hash on offer. */
  async offered(): Promise<string> {
    const { planHash } = await this.until('an approval was asked for', ({ phase }) => phase === 'approval');
    if (planHash === undefined) throw new Error('no plan hash on offer');
    return planHash;
  }

  async report(): Promise<Report> {
    return keptReportSchema.parse(await this.handle.query<unknown>('report'));
  }

  async approve(message: Partial<Approve> = {}): Promise<string> {
    const planHash = message.planHash ?? (await this.offered());
    const args: [Approve] = [{ approver: APPROVER, ...message, planHash }];
    return (await this.handle.executeUpdate<Accepted, [Approve]>('approve', { args })).message;
  }

  async say(name: 'reject' | 'pause' | 'resume' | 'abort' | 'rollback', by = APPROVER): Promise<string> {
    const args: [ByPerson] = [{ by }];
    return (await this.handle.executeUpdate<Accepted, [ByPerson]>(name, { args })).message;
  }

  /** Waits until the run asks for a step by hand, and answers. */
  async confirm(step: string, message: Partial<Confirm> = {}): Promise<string> {
    await this.until(`step ${step} was asked for`, ({ byHand }) => byHand.some(({ key }) => key === step));
    const args: [Confirm] = [{ by: APPROVER, ...message, step }];
    return (await this.handle.executeUpdate<Accepted, [Confirm]>('confirm', { args })).message;
  }

  /** The step by hand that the run waits for now. */
  async handStep(): Promise<HandStep> {
    const { byHand } = await this.until('a step by hand was asked for', (progress) => progress.byHand.length > 0);
    const [step] = byHand;
    if (step === undefined) throw new Error('no step by hand is asked for');
    return step;
  }

  /** The workflow's result, held to its schema. */
  async ended(): Promise<Report> {
    const report = keptReportSchema.parse(await this.handle.result());
    await captureHistory(this.handle);
    return report;
  }
}

/** Brings all of it up. */
export async function rehearse({
  entry = {},
  notifications = {},
  worker: wantsWorker = true,
  temporalAddress = inject('temporalAddress'),
  ...options
}: RehearseOptions = {}): Promise<Rehearsal> {
  const binaries = await resolveBinaries(controlPlaneBinaries);
  const cluster = await createRehearsalCluster({ nodes: 5, timing: testTiming, ...options, binaries });
  onTestFinished(() => cluster.close());
  const directory = await mkdtemp(join(tmpdir(), 'proxyshift-e2e-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));

  const { name, uid, context } = cluster;
  const kubeconfig = await cluster.workerKubeconfig();
  const clustersFile = join(directory, 'clusters.yaml');
  const rollout = { soak: '200ms', canarySoak: '0ms', nodeTimeout: '20s', maxUnavailable: 2, ...entry.rollout };
  const calico = { timeout: '30s', ...entry.calico };
  const clusters = { [name]: { kubeconfig, context, uid, ...entry, rollout, calico } };
  await writeFile(
    clustersFile,
    stringify({ apiVersion: 'proxyshift.dev/v1', taskQueue: name, notifications, clusters }),
  );

  const connection = await Connection.connect({ address: temporalAddress });
  onTestFinished(() => connection.close());
  const client = new Client({ connection });
  const startOne = async () => {
    const logFile = join(directory, `worker-${randomUUID()}.log`);
    const worker = await startWorker({ address: temporalAddress, clusters: clustersFile, logFile });
    onTestFinished(() => worker.stop());
    return worker;
  };
  const rehearsal: Rehearsal = {
    cluster,
    client,
    taskQueue: name,
    clustersFile,
    worker: undefined,
    startWorker: startOne,
    start: async (requester = REQUESTER, target = 'nftables') =>
      new Run(
        await client.workflow.start<typeof migrateCluster>('migrateCluster', {
          args: [{ cluster: name, requester, target }],
          workflowId: workflowIdOf(name),
          taskQueue: name,
          workflowIdConflictPolicy: 'FAIL',
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        }),
      ),
  };
  if (wantsWorker) rehearsal.worker = await startOne();
  return rehearsal;
}
