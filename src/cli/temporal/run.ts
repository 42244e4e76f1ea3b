import {
  QueryRejectedError,
  WorkflowFailedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { z } from 'zod';
import { Failure } from '../../model/failure.ts';
import type { Approve, ByPerson, Confirm, MessageName } from '../../model/messages.ts';
import { type Plan, planSchema } from '../../model/plan.ts';
import { type Progress, progressSchema } from '../../model/progress.ts';
import type { Report } from '../../model/report.ts';
import { clusterNameSchema, workflowIdOf } from '../../model/request.ts';
import { parseInput } from '../../model/schema-issues.ts';
import { keptReportSchema } from '../../model/stored-report.ts';
import { unlessAborted } from '../unless-aborted.ts';
import type { Temporal } from './connect.ts';
import { fromGrpc, grpcCode, whyItFailed } from './errors.ts';

/** A query is answered by a worker; one that is there answers within a fraction of this (ms). */
const QUERY_DEADLINE_MS = 8_000;
/** An update waits for the workflow's answer, which may have to wait for an activation that is under way (ms). */
const UPDATE_DEADLINE_MS = 20_000;

/** What a message says. */
export type Payload = Approve | ByPerson | Confirm;

const acceptedSchema = z.object({ message: z.string() });

/** A worker did not answer, though Temporal did. */
export class NoWorker extends Failure {}

/** Temporal knows no run of the cluster, or none that is open. */
export class NoRun extends Failure {}

/** The workflow refused a message; nothing changed. */
export class RefusedByRun extends Failure {}

/** A run of a cluster, open or closed, as a person at the terminal deals with it. Every error is a `Failure`. */
export class Run {
  readonly cluster: string;
  readonly workflowId: string;
  readonly #temporal: Temporal;
  readonly #handle: WorkflowHandle;

  /** @param runId default: the latest run. */
  constructor(temporal: Temporal, cluster: string, runId?: string) {
    this.cluster = checkedName(cluster);
    this.#temporal = temporal;
    this.workflowId = workflowIdOf(this.cluster);
    this.#handle = temporal.client.workflow.getHandle(this.workflowId, runId);
  }

  /** Where the run is. */
  async progress(): Promise<Progress> {
    return progressSchema.parse(await this.#query('progress'));
  }

  /** The plan that was offered last, or `undefined` where there is none yet. */
  async plan(): Promise<Plan | undefined> {
    return planSchema.nullable().parse(await this.#query('plan')) ?? undefined;
  }

  /** The record of the run so far. */
  async report(): Promise<Report> {
    return keptReportSchema.parse(await this.#query('report'));
  }

  /** Sends a message and returns the workflow's answer. @throws RefusedByRun with the reason */
  async send(name: MessageName, payload: Payload): Promise<string> {
    const answer = await this.#ask(UPDATE_DEADLINE_MS, () =>
      this.#handle.executeUpdate<unknown, [Payload]>(name, { args: [payload] }),
    );
    return acceptedSchema.parse(answer).message;
  }

  /** The report of a run that has ended; waits for the end. @throws Failure where it ended without one */
  async result(signal?: AbortSignal): Promise<Report> {
    const wait = () => this.#handle.result();
    // The SDK cancels the call that is under way. It polls again and again, and a call that it makes after the abort it does not
    // cancel (@temporalio/client connection.ts, generateRPCImplementation).
    const wanted = (until: AbortSignal) => unlessAborted(this.#temporal.connection.withAbortSignal(until, wait), until);
    const result = await this.#converted(() => (signal ? wanted(signal) : wait()), signal);
    const parsed = keptReportSchema.safeParse(result);
    if (parsed.success) return parsed.data;
    throw new Failure('Invalid', `The report of ${this.workflowId} was written by another version of proxyshift.`, {
      hint: `Read it as it is: temporal workflow show --workflow-id ${this.workflowId}`,
    });
  }

  /** Whether the run is open, since when, who asked for it, and its run id. */
  async describe(): Promise<{ open: boolean; runId: string; startedAt: Date; taskQueue: string; requester?: string }> {
    const { status, runId, startTime, taskQueue, memo } = await this.#ask(QUERY_DEADLINE_MS, () =>
      this.#handle.describe(),
    );
    const requester = memo?.requester;
    return {
      open: status.name === 'RUNNING' || status.name === 'PAUSED',
      runId,
      startedAt: startTime,
      taskQueue,
      ...(typeof requester === 'string' ? { requester } : {}),
    };
  }

  /** As `describe`; undefined where there never was a run. */
  async describeIfThere(): Promise<Awaited<ReturnType<Run['describe']>> | undefined> {
    try {
      return await this.describe();
    } catch (error) {
      if (error instanceof NoRun) return undefined;
      throw error;
    }
  }

  async #query(name: string): Promise<unknown> {
    return await this.#ask(QUERY_DEADLINE_MS, () => this.#handle.query(name));
  }

  async #ask<T>(deadlineMs: number, call: () => Promise<T>): Promise<T> {
    return await this.#converted(() => this.#temporal.connection.withDeadline(Date.now() + deadlineMs, call));
  }

  async #converted<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await call();
    } catch (error) {
      signal?.throwIfAborted();
      throw await this.#toFailure(error);
    }
  }

  async #toFailure(error: unknown): Promise<Failure> {
    if (error instanceof Failure) return error;
    if (error instanceof WorkflowUpdateFailedError) return this.#refused(error);
    if (error instanceof WorkflowNotFoundError) return this.#noRun(error);
    if (error instanceof WorkflowFailedError) return whyItFailed(this.cluster, error);
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return await this.#noWorker(error);
    if (error instanceof QueryRejectedError)
      return new Failure(
        'Refused',
        `The run of ${this.cluster} does not answer: ${error.message}`,
        {},
        { cause: error },
      );
    const code = grpcCode(error);
    // 1 CANCELLED (by the deadline), 4 DEADLINE_EXCEEDED and 9 FAILED_PRECONDITION ("no poller seen for task queue
    // recently") speak of workers where Temporal itself was reached, which it was when the connection was made.
    if (code === 1 || code === 4 || code === 9) return await this.#noWorker(error);
    return fromGrpc(this.#temporal, error);
  }

  #refused(error: WorkflowUpdateFailedError): Failure {
    const reason = error.cause instanceof Error ? error.cause.message : error.message;
    return new RefusedByRun('Refused', reason, {}, { cause: error });
  }

  #noRun(error: unknown): Failure {
    return new NoRun(
      'Invalid',
      `There is no run on cluster "${this.cluster}", or it has ended.`,
      { hint: `Start one with: proxyshift start ${this.cluster}` },
      { cause: error },
    );
  }

  async #noWorker(cause: unknown): Promise<Failure> {
    const described = await this.#temporal.connection
      .withDeadline(Date.now() + QUERY_DEADLINE_MS, () => this.#handle.describe())
      .catch((error: unknown) => error);
    if (grpcCode(described) !== undefined) return fromGrpc(this.#temporal, described);
    const taskQueue = described !== null && typeof described === 'object' && 'taskQueue' in described;
    const queue = taskQueue ? String(described.taskQueue) : 'proxyshift';
    return new NoWorker(
      'Unreachable',
      `No worker answers on task queue "${queue}".`,
      { hint: `The run is safe in Temporal and waits. Start a worker: proxyshift worker --task-queue ${queue}` },
      { cause },
    );
  }
}

/** The name of a cluster as it was typed. @throws Failure `Invalid` */
export function checkedName(cluster: string): string {
  const parsed = parseInput(clusterNameSchema, cluster, { whole: 'The name of the cluster' });
  if (parsed.success) return parsed.data;
  throw new Failure('Invalid', `${parsed.issues}.`);
}
