import { existsSync } from 'node:fs';
import { type ClustersFile, defaultClustersPath, findCluster, loadClustersFile } from '../../cluster/clusters-file.ts';
import { Failure } from '../../model/failure.ts';
import { migrationRequestSchema, personSchema } from '../../model/request.ts';
import { parseInput } from '../../model/schema-issues.ts';
import { colorsFor } from '../colors.ts';
import type { StartOptions } from '../start.ts';
import { DEFAULT_TASK_QUEUE } from '../task-queue.ts';
import { connectTemporal, type Temporal } from '../temporal/connect.ts';
import { checkedName, Run } from '../temporal/run.ts';
import { registerSearchAttributes } from '../temporal/search-attributes.ts';
import { startRun } from '../temporal/start-run.ts';
import { uiLink } from '../temporal/ui-link.ts';
import { watchRun } from '../watch.ts';
import { interruptible, printJson } from './output.ts';

/** `proxyshift start`. Returns the exit code. */
export async function start(name: string, options: StartOptions): Promise<number> {
  const cluster = checkedName(name);
  const requester = checkedPerson(options.requester, '--requester');
  const file = await clustersFile(options.clusters);
  if (file) findCluster(file, cluster);
  const ignoreChecks = options.ignoreChecks && (await knownCodes(options.ignoreChecks));
  const taskQueue = options.taskQueue ?? file?.taskQueue ?? DEFAULT_TASK_QUEUE;

  await using temporal = await connectTemporal(options);
  await registerOrWarn(temporal);
  const takeOverLock = options.takeOver?.trim() || undefined;
  const { target } = options;
  const request = migrationRequestSchema.parse({ cluster, requester, target, ignoreChecks, takeOverLock });
  const started = await startRun(temporal, request, taskQueue);
  const ui = uiLink({ ...temporal, ...started });
  const run = new Run(temporal, cluster, started.runId);
  const document = {
    ...started,
    cluster,
    requester,
    target: request.target,
    taskQueue,
    ...(ignoreChecks ? { ignoreChecks } : {}),
    ...(takeOverLock ? { takeOverLock } : {}),
    ...(ui ? { ui } : {}),
  };

  if (options.output === 'json' && !options.wait) {
    printJson(document);
    return 0;
  }
  const stream = options.output === 'json' ? process.stderr : process.stdout;
  const { bold } = colorsFor(stream);
  stream.write(
    [
      `Started ${bold(started.workflowId)}, run ${started.runId}, asked for by ${requester}.`,
      ...(ignoreChecks ? [`Blockers of ${ignoreChecks.join(', ')} become warnings of the plan.`] : []),
      ...(ui ? [`In the Temporal UI: ${ui}`] : []),
      ...(options.wait ? [] : ['Next:', `  proxyshift status ${cluster} --watch`]),
      ...(options.wait ? [] : [`  proxyshift approve ${cluster} --as SOMEBODY-ELSE`]),
      '',
    ].join('\n'),
  );
  if (!options.wait) return 0;
  return await interruptible(async (signal) => {
    const { report, exitCode } = await watchRun({ run, stream, signal });
    if (options.output === 'json') {
      const outcome = report?.outcome ?? 'rollback-stuck';
      printJson({ ...document, outcome, report: report ?? (await run.report()) });
    }
    return exitCode;
  });
}

/** Codes that a worker of this version will take. Loaded only when it is asked for: the checks bring a lot along. */
async function knownCodes(codes: readonly string[]): Promise<string[]> {
  const { checkedCodes } = await import('../../checks/run-checks.ts');
  return checkedCodes(codes);
}

/** A person's name from the command line. @throws Failure `Invalid` that names the option */
export function checkedPerson(name: string, option: string): string {
  const parsed = parseInput(personSchema, name, { whole: option });
  if (parsed.success) return parsed.data;
  throw new Failure('Invalid', `${parsed.issues}.`);
}

/** A file that was named has to be there; the one in the working folder may be on the worker only. */
export async function clustersFile(named: string | undefined): Promise<ClustersFile | undefined> {
  const path = named ?? defaultClustersPath();
  const asked = named !== undefined || Boolean(process.env.PROXYSHIFT_CLUSTERS);
  return asked || existsSync(path) ? await loadClustersFile(path) : undefined;
}

/** Without the search attributes a run cannot record its phase; a worker registers them too, so a refusal is no end. */
export async function registerOrWarn(temporal: Temporal): Promise<void> {
  try {
    const added = await registerSearchAttributes(temporal);
    if (added.length > 0) process.stderr.write(`Registered search attributes in Temporal: ${added.join(', ')}\n`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const { yellow } = colorsFor(process.stderr);
    process.stderr.write(`${yellow('warning:')} could not register the search attributes of proxyshift: ${why}\n`);
  }
}
