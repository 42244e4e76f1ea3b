import { z } from 'zod';
import { Failure } from '../../model/failure.ts';
import { exitCodeOf, type Outcome } from '../../model/outcome.ts';
import type { HandStep } from '../../model/progress.ts';
import type { Report } from '../../model/report.ts';
import { phaseTimes } from '../../model/report-facts.ts';
import { type Target, targets } from '../../model/request.ts';
import { scenarioNameSchema, scenarioNames, scenarios } from '../../rehearsal/scenarios.ts';
import type { OptionalRole } from '../../rehearsal/worker-access.ts';
import { onShutdownSignal } from '../../worker/shutdown-signals.ts';
import { type Colors, colorsFor } from '../colors.ts';
import { rehearsalPeople } from '../rehearse/clusters-yaml.ts';
import { costLine, costOf } from '../rehearse/cost.ts';
import { playPerson } from '../rehearse/play-person.ts';
import { type Stage, setStage } from '../rehearse/stage.ts';
import type { RehearseOptions } from '../rehearse.ts';
import { renderPlan } from '../render/plan.ts';
import { progressOf, stuckLines } from '../render/progress.ts';
import { type ProgressView, progressView } from '../render/progress-view.ts';
import { renderSummary } from '../render/report.ts';
import { table } from '../render/table.ts';
import { renderAs } from '../report/render-as.ts';
import { checkWritable, writeWhole } from '../report/write-file.ts';
import { formatOf } from '../report.ts';
import { followRun } from '../temporal/follow.ts';
import { Run } from '../temporal/run.ts';
import { startRun } from '../temporal/start-run.ts';
import { uiLink } from '../temporal/ui-link.ts';
import { confirm } from './confirm.ts';
import { printJson } from './output.ts';

/** The command line has checked these already; here they get their types. */
const choices = z.object({
  calico: z.enum(['operator', 'manifest', 'none']),
  calicoVersion: z.enum(['3.30', '3.31', '3.32']),
});
const targetSchema = z.enum(targets);

/** `proxyshift rehearse`. Returns the exit code: that of the outcome. */
export async function rehearse(options: RehearseOptions): Promise<number> {
  const json = options.output === 'json';
  if (options.listScenarios) {
    listScenarios(json);
    return 0;
  }
  const scenario = checkedScenario(options.scenario);
  if (!options.yes && !process.stdin.isTTY) {
    throw new Failure('Refused', 'There is no terminal to ask for the approval at.', {
      hint: 'Run it in a terminal, or let it approve by itself: proxyshift rehearse --yes',
    });
  }
  if (options.report !== undefined) await checkWritable(options.report);
  const stream = json ? process.stderr : process.stdout;
  const colors = colorsFor(stream);
  const say = (line: string) => void stream.write(`${line}\n`);
  const started = performance.now();
  using interrupted = onShutdownSignal(() => say('\nStopping; once more Ctrl-C ends it at once.'));
  const cleanup = new AsyncDisposableStack();
  try {
    const stage = await setStage({
      ...options,
      cluster: { nodes: options.nodes, ...choices.parse(options), scenario, also: rolesFor(options) },
      rollout: rolloutOf(options),
      probe: measures(options) ? probeOf(options) : undefined,
      onProgress: (line) => say(colors.dim(line)),
      signal: interrupted.signal,
      cleanup,
    });
    const signal = AbortSignal.any([interrupted.signal, stage.broken]);
    const rehearsed = await perform(stage, {
      target: targetSchema.parse(options.target),
      yes: options.yes === true,
      stream,
      colors,
      signal,
    });
    const { outcome, report, ui } = rehearsed;
    const timings = { ...timingsOf(stage, report), totalMs: Math.round(performance.now() - started) };
    const cost = await costOf(stage, report);
    if (json) printJson({ outcome, report, ...(ui ? { ui } : {}), timings, cost });
    say(`\n${renderSummary(report, outcome, colors)}`);
    say(`  ${colors.dim('cost'.padEnd(11))} ${costLine(cost)}`);
    if (options.report !== undefined) {
      const format = formatOf(options.report) ?? 'html';
      await writeWhole(options.report, await renderAs(report, { format, now: Date.now() }));
      say(`  ${colors.dim('report'.padEnd(11))} ${options.report}`);
    }
    if (options.keep) await kept(stage, rehearsed, { say, colors, signal });
    return exitCodeOf(outcome);
  } catch (error) {
    if (interrupted.signal.aborted) return interrupted.exitCode;
    throw error;
  } finally {
    say(colors.dim('taking the rehearsal down'));
    await cleanup.disposeAsync();
  }
}

/** What the worker has to be allowed beside what every run needs. */
function rolesFor(options: RehearseOptions): OptionalRole[] {
  const { strategy, handover } = options;
  return [
    ...(strategy === 'rolling' ? (['rolling'] as const) : []),
    ...(handover === 'make-before-break' ? (['make-before-break'] as const) : []),
    ...(measures(options) ? (['probe'] as const) : []),
  ];
}

function measures({ probe, probeLimit }: RehearseOptions): boolean {
  return probe === true || probeLimit !== undefined;
}

function probeOf({ probeLimit }: RehearseOptions): { limitMs?: number } {
  return probeLimit === undefined ? {} : { limitMs: probeLimit };
}

/** The clusters file takes numbers as numbers; what else is wrong with them, it says itself. */
function rolloutOf({ strategy, handover, maxUnavailable }: RehearseOptions): Record<string, string | number> {
  const number = Number(maxUnavailable);
  return { strategy, handover, maxUnavailable: Number.isInteger(number) ? number : maxUnavailable };
}

interface Performance {
  target: Target;
  yes: boolean;
  stream: NodeJS.WriteStream;
  colors: Colors;
  signal: AbortSignal;
}

interface Rehearsed {
  outcome: Outcome;
  report: Report;
  ui?: string;
}

/** Starts the run and takes it to its end, with the approval in between. */
async function perform(stage: Stage, performance: Performance): Promise<Rehearsed> {
  const { temporal, cluster, taskQueue } = stage;
  const { target, stream, colors, signal } = performance;
  const { requester, approver } = rehearsalPeople;
  const request = { cluster: cluster.name, requester, target };
  const startedRun = await startRun(temporal, request, taskQueue);
  const run = new Run(temporal, cluster.name, startedRun.runId);
  const ui = uiLink({ ...temporal, ...startedRun, ...(stage.ui ? { ui: stage.ui } : {}) });
  if (ui) stream.write(`\n${colors.bold('Watch it in the Temporal UI:')} ${colors.cyan(ui)}\n\n`);

  const view = progressView(stream);
  // What is drawn in place stays, before anything else is written.
  signal.addEventListener('abort', () => view.end(), { once: true });
  try {
    for (let answered: string | undefined; ; ) {
      const followed = await followRun(run, {
        onProgress: (progress) => view.show(progress),
        onTrouble: (trouble) => view.note(`${colors.yellow('‼')} ${trouble.message}`),
        until: ({ phase, planHash, byHand }) =>
          phase === 'rollback-stuck' ||
          byHand.length > 0 ||
          (phase === 'approval' && planHash !== undefined && planHash !== answered),
        signal,
      });
      if (followed.ended) {
        const { report } = followed;
        view.show(progressOf(report));
        if (report.outcome === undefined) throw new Failure('Invalid', 'The run ended without an outcome.');
        return { outcome: report.outcome, report, ...(ui ? { ui } : {}) };
      }
      const { phase, planHash, byHand } = followed.progress;
      const [handStep] = byHand;
      if (handStep && phase !== 'rollback-stuck') {
        await answerHandStep({ ...performance, run, cluster, handStep, approver, view });
        continue;
      }
      if (phase === 'rollback-stuck' || planHash === undefined) {
        view.note(stuckLines(followed.progress, colors).join('\n'));
        return { outcome: 'rollback-stuck', report: await run.report(), ...(ui ? { ui } : {}) };
      }
      await answerPlan({ ...performance, run, planHash, approver, view });
      answered = planHash;
    }
  } finally {
    view.end();
  }
}

interface Answer extends Performance {
  run: Run;
  planHash: string;
  approver: string;
  view: ProgressView;
}

/** Shows the plan, and approves or rejects it as the person says. */
async function answerPlan({ run, planHash, approver, yes, view, stream, colors, signal }: Answer): Promise<void> {
  const plan = await run.plan();
  view.pause();
  if (plan) stream.write(`\n${renderPlan(plan, planHash, colors)}\n\n`);
  const approved = yes || (await confirm(`Approve as ${approver}?`, { stream, signal }));
  if (approved) {
    await run.send('approve', { approver, planHash, comment: yes ? 'rehearse --yes' : 'rehearsal' });
    stream.write(`Approved as ${approver}${yes ? ' (--yes)' : ''}.\n\n`);
  } else {
    await run.send('reject', { by: approver, comment: 'rehearsal' });
    stream.write(`Rejected as ${approver}.\n\n`);
  }
}

interface HandAnswer extends Omit<Answer, 'planHash'> {
  cluster: Stage['cluster'];
  handStep: HandStep;
}

/** Does what only a person can do, where the person at the terminal says so; else leaves it out. */
async function answerHandStep({ run, cluster, handStep, approver, yes, view, stream, signal }: HandAnswer) {
  const { key, what } = handStep;
  view.pause();
  stream.write(`\nThe run asks for a step by hand, ${key}:\n  ${what}\n`);
  const doIt = yes || (await confirm('Do this on the simulated nodes?', { stream, signal }));
  if (doIt) await playPerson(cluster, handStep);
  const comment = yes ? 'rehearse --yes' : 'rehearsal';
  await run.send('confirm', { by: approver, step: key, comment, ...(doIt ? {} : { skip: true }) });
  stream.write(doIt ? `Done, and confirmed as ${approver}.\n\n` : `Left out, as ${approver}.\n\n`);
}

function timingsOf({ timings }: Stage, report: Report): Record<string, unknown> {
  const { binaries, temporal, cluster, worker } = timings;
  const phases = Object.fromEntries(phaseTimes(report).map(({ phase, ms }) => [phase, ms]));
  return { binariesMs: binaries, temporalMs: temporal, clusterMs: cluster, workerMs: worker, phasesMs: phases };
}

/** `--keep`: tells how to look around, and waits for Ctrl-C. */
async function kept(
  { temporal, cluster, clusters, workerLog }: Stage,
  { report, ui }: Rehearsed,
  { say, colors, signal }: { say: (line: string) => void; colors: Colors; signal: AbortSignal },
): Promise<void> {
  const server = `--address ${temporal.address} --namespace ${temporal.namespace}`;
  say(
    [
      '',
      colors.bold('Everything is kept until Ctrl-C:'),
      `  kubectl --kubeconfig ${cluster.kubeconfigPath} --context ${cluster.context} get nodes`,
      `  proxyshift check ${cluster.name} --clusters ${clusters}`,
      `  proxyshift report ${cluster.name} ${server}`,
      `  temporal workflow show ${server} --workflow-id ${report.workflowId}`,
      ...(ui ? [`  ${ui}`] : []),
      colors.dim(`  the worker's log: ${workerLog}`),
    ].join('\n'),
  );
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function checkedScenario(name: string) {
  const parsed = scenarioNameSchema.safeParse(name);
  if (parsed.success) return parsed.data;
  throw new Failure('Invalid', `There is no scenario "${name}".`, {
    hint: `There are: ${scenarioNames.join(', ')}. What each one does: proxyshift rehearse --list-scenarios`,
  });
}

function listScenarios(json: boolean): void {
  const list = scenarioNames.map((name) => ({ name, description: scenarios[name].description }));
  if (json) printJson({ scenarios: list });
  else {
    const rows = list.map(({ name, description }) => [name, description]);
    process.stdout.write(`${table(['SCENARIO', 'WHAT HAPPENS'], rows).join('\n')}\n`);
  }
}
