import { type Client, WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { workflowIdOf } from '../../src/model/request.ts';
import type { MigrationSteps } from '../../src/model/steps.ts';
import { keptReportSchema } from '../../src/model/stored-report.ts';
import { temporalLogger } from '../../src/worker/log.ts';
import { loadWorkflowBundle } from '../../src/worker/workflow-bundle.ts';
import { plan, planHash } from '../cli/fixtures.ts';
import { type TemporalWithWorker, temporalWithWorker } from '../support/temporal-with-worker.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });

const taskQueue = 'proxyshift';
const steps: Pick<MigrationSteps, 'preflight'> = {
  preflight: async () => ({ verdict: 'ready', findings: [], plan, hash: planHash }),
};

let server: TemporalWithWorker;
let client: Client;

beforeAll(async () => {
  const workflowBundle = await loadWorkflowBundle(temporalLogger(pino({ level: 'silent' })));
  server = await temporalWithWorker({ taskQueue, activities: steps, workflowBundle });
  client = server.client;
});

afterAll(() => server.stop());

/** @throws any other error */
function isRefusal(error: unknown): true {
  if (error instanceof WorkflowUpdateFailedError) return true;
  throw error;
}

/** Starts a run as the Temporal UI can: with any input. */
const start = (name: string, input: unknown) =>
  client.workflow.start('migrateCluster', { taskQueue, workflowId: workflowIdOf(name), args: [input] });

it('a run that was started with something else than a request fails at once, and says what is accepted', async () => {
  const run = await start('bad', { cluster: 'Prod_1', requester: 'ada', token: 's3cret' });
  const failure: unknown = await run.result().catch((error: unknown) => error);
  if (!(failure instanceof WorkflowFailedError)) throw failure;
  expect(failure.cause).toMatchObject({
    type: 'Refused',
    message:
      'not a migration request: cluster is "Prod_1": expected lower-case letters, digits, "-" and ".", at most 63 characters; ' +
      '"token" is not a known field: expected cluster, requester, target, ignoreChecks, takeOverLock',
  });
});

it('a run goes on whatever it is told: an update is answered, a signal is kept for the report', async () => {
  const run = await start('good', { cluster: 'good', requester: 'ada' });
  const approve = { approver: 'grace', planHash: 'abc' };
  const why = 'planHash is "abc": expected 64 lower-case hex digits';
  await expect(run.executeUpdate('approve', { args: [approve] })).rejects.toMatchObject({ cause: { message: why } });

  await run.signal('approve', approve);
  await run.signal('pause');
  await run.signal('abort', 'grace', 'stop it');
  // Refused until the plan is on offer, without a trace; Temporal has no event of a client's for that.
  const reject = () => run.executeUpdate('reject', { args: [{ by: 'grace' }] });
  const rejected = async (): Promise<unknown> => reject().catch((error: unknown) => isRefusal(error) && rejected());
  await rejected();
  const report = keptReportSchema.parse(await run.result());
  expect(report.outcome).toBe('rejected');
  expect(report.refused.map(({ message, reason }) => [message, reason])).toEqual([
    ['approve', why],
    ['pause', 'the payload of pause is empty: expected an object with by'],
    ['abort', 'the payload of abort is "grace": expected an object with by'],
  ]);
});
