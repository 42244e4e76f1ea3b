import { Failure } from '../../model/failure.ts';
import { rollbackRequestSchema } from '../../model/request.ts';
import { parseInput } from '../../model/schema-issues.ts';
import { colorsFor } from '../colors.ts';
import type { RollbackOptions } from '../rollback.ts';
import { DEFAULT_TASK_QUEUE } from '../task-queue.ts';
import { connectTemporal, type Temporal } from '../temporal/connect.ts';
import { checkedName, Run } from '../temporal/run.ts';
import { startRollback } from '../temporal/start-run.ts';
import { uiLink } from '../temporal/ui-link.ts';
import { watchRun } from '../watch.ts';
import { interruptible, printJson } from './output.ts';
import { commentOf, send } from './send.ts';
import { checkedPerson, clustersFile, registerOrWarn } from './start.ts';

/** `proxyshift rollback`: of the open run, or of one that has ended. Returns the exit code. */
export async function rollback(name: string, options: RollbackOptions): Promise<number> {
  const cluster = checkedName(name);
  const person = checkedPerson(options.as, '--as');
  await using temporal = await connectTemporal(options);
  const open = await openRun(temporal, cluster);
  if (open === undefined) return await begin(temporal, cluster, person, options);
  if (options.snapshot !== undefined || options.takeOver !== undefined) {
    throw new Failure('Refused', `A run is open on ${cluster}: it goes back to what it has saved itself.`, {
      hint: `Without --snapshot and --take-over: proxyshift rollback ${cluster}. To see it: proxyshift status ${cluster}`,
    });
  }
  const payload = { by: person, ...commentOf({ comment: options.comment?.trim() }) };
  return await send(open, 'rollback', payload, options.output);
}

/** The run that is open now; undefined where there is none, or never was one in this Temporal. */
async function openRun(temporal: Temporal, cluster: string): Promise<Run | undefined> {
  const latest = new Run(temporal, cluster);
  const described = await latest.describeIfThere();
  return described?.open ? new Run(temporal, cluster, described.runId) : undefined;
}

async function begin(
  temporal: Temporal,
  cluster: string,
  requester: string,
  options: RollbackOptions,
): Promise<number> {
  const { snapshot, takeOver: takeOverLock, wait, output } = options;
  const parsed = parseInput(
    rollbackRequestSchema,
    { cluster, requester, snapshot, takeOverLock },
    { whole: 'the request' },
  );
  if (!parsed.success) throw new Failure('Invalid', `${parsed.issues}.`);
  const file = await clustersFile(options.clusters);
  const taskQueue = options.taskQueue ?? file?.taskQueue ?? DEFAULT_TASK_QUEUE;
  await registerOrWarn(temporal);
  const started = await startRollback(temporal, parsed.data, taskQueue);
  const ui = uiLink({ ...temporal, ...started });
  const document = { ...started, ...parsed.data, taskQueue, ...(ui ? { ui } : {}) };
  if (output === 'json' && !wait) {
    printJson(document);
    return 0;
  }
  const stream = output === 'json' ? process.stderr : process.stdout;
  const { bold } = colorsFor(stream);
  stream.write(
    [
      `No run is open on ${cluster}. Started ${bold(started.workflowId)}, run ${started.runId}, to go back to ${snapshot ?? 'what the last migration found'}.`,
      ...(ui ? [`In the Temporal UI: ${ui}`] : []),
      ...(wait ? [] : ['Next:', `  proxyshift plan ${cluster}`, `  proxyshift approve ${cluster} --as SOMEBODY-ELSE`]),
      '',
    ].join('\n'),
  );
  if (!wait) return 0;
  return await interruptible(async (signal) => {
    const run = new Run(temporal, cluster, started.runId);
    const { report, exitCode } = await watchRun({ run, stream, signal });
    if (output === 'json') {
      const outcome = report?.outcome ?? 'rollback-stuck';
      printJson({ ...document, outcome, report: report ?? (await run.report()) });
    }
    return exitCode;
  });
}
