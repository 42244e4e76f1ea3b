import { CancellationScope, condition, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { FailureDetails } from '../model/failure.ts';
import type { Plan } from '../model/plan.ts';
import { countNodes } from '../model/plan-nodes.ts';
import { type ProbePlan, probeDelayMs } from '../model/probe-plan.ts';
import { PROBE_NAMESPACE, type ProbeLook } from '../model/probe-steps.ts';
import { readable } from '../model/readable.ts';
import { someOf } from '../model/some-of.ts';
import { toFailureRecord, unhealthy } from './failures.ts';
import { interruptible } from './interruptible.ts';
import type { Run } from './run.ts';
import { EVERY_NODE_TIMEOUT_MS, LIMIT_MARGIN_MS, step, undoStep } from './step-options.ts';
import { type Loss, TrafficTally } from './traffic-tally.ts';

/** A node that tells late may do so by this much (ms). */
const PATIENCE_MS = 15_000;
/** From a container that runs to a program in it that asks (ms). */
const STARTING_MS = 2_000;
/** The controllers of the API server make and delete some 20 pods a second (kube-controller-manager --kube-api-qps): ms for one. */
const POD_MS = 100;
/** So many nodes are named in a sentence. */
const MOST_NAMED = 5;
const BY_HAND = `kubectl -n ${PROBE_NAMESPACE} delete daemonset,deployment,service -l app.kubernetes.io/name=proxyshift-probe`;

/**
 * Watches what the run does to traffic, by a probe on every node: from before the first write until the run ends, whatever comes
 * of it. Where the plan has no probe, it does nothing.
 */
export class TrafficWatch {
  readonly #run: Run;
  readonly #plan: Plan;
  /** Up to when the probe was read (ISO 8601); undefined before the baseline. */
  #readUntil: string | undefined;
  #installed = false;
  /** Nodes of which a person has accepted that it is not known what they lose. */
  readonly #accepted = new Set<string>();

  constructor(run: Run, plan: Plan) {
    this.#run = run;
    this.#plan = plan;
  }

  /**
   * Installs the probe, and watches traffic as it is.
   * @throws AbortRequested, RollbackRequested, ApplicationFailure `Unhealthy` where the limits of the plan could not be judged
   */
  async begin(): Promise<void> {
    const { probe } = this.#plan;
    if (probe === undefined) return;
    const tally = new TrafficTally(probe);
    this.#run.journal.traffic = tally;
    this.#run.journal.enter('baseline');
    await this.#install(probe, tally);
    await this.#watchBaseline(probe, tally);
  }

  async #install(probe: ProbePlan, tally: TrafficTally): Promise<void> {
    const { journal, cluster } = this.#run;
    const timeoutMs = this.#plan.kubeProxy.nodeTimeoutMs + countNodes(this.#plan) * POD_MS;
    const { runId } = workflowInfo();
    const what = 'Install the probe';
    this.#installed = true;
    const { without } = await interruptible(this.#run, () =>
      journal.step(what, () =>
        step({ summary: what, timeoutMs: timeoutMs + LIMIT_MARGIN_MS }).installProbe({
          cluster,
          probe,
          runId,
          timeoutMs,
        }),
      ),
    );
    tally.quiet(without);
    if (without.length === 0 || !hasLimits(probe)) return;
    const whys = without.map(({ node, why }) => `${node} (${why})`);
    throw unhealthy(`The probe does not run on ${sentenceOf(whys)}: the limits of the plan cannot be judged there`, {
      object: `DaemonSet ${PROBE_NAMESPACE}/proxyshift-probe`,
      nodes: without,
      hint: 'Mend it, or take probe.limits out of clusters.yaml: then it is measured where it can be',
    });
  }

  async #watchBaseline(probe: ProbePlan, tally: TrafficTally): Promise<void> {
    const { journal } = this.#run;
    const from = new Date(Date.now() + STARTING_MS).toISOString();
    const watch = `Watch traffic for ${readable(probe.baselineMs)}, before anything is written`;
    const asked = () => this.#run.isAskedToStop;
    await journal.step(watch, () => condition(asked, STARTING_MS + probe.baselineMs, { summary: watch }));
    await this.#run.checkpoint();
    const time = { from, to: new Date().toISOString() };
    this.#readUntil = time.to;
    const read = 'Read what the probe saw before anything was written';
    const look = await interruptible(this.#run, () => this.#look(probe, time, read));
    if (look === undefined) {
      if (!hasLimits(probe)) return;
      throw unhealthy('The limits of the plan cannot be judged: what the probe saw before the run could not be read');
    }
    tally.addBaseline(look, time);
    const dead = tally.deadPaths().map(({ node, path }) => `${node} (${path})`);
    if (dead.length === 0) return;
    const why = `No attempt of the probe was answered before the run: ${sentenceOf(dead)}`;
    if (hasLimits(probe)) throw unhealthy(why, { hint: 'Take the path out of probe.paths, or look why it is dead' });
    journal.remarks.push(`${why}.`);
  }

  /**
   * Judges what was lost since it was last looked. More than the plan accepts ends the run, or waits for a person, as the plan says;
   * what cannot be told waits for a person in any case.
   *
   * @throws AbortRequested, RollbackRequested, ApplicationFailure `Unhealthy`
   */
  async holds(): Promise<void> {
    const { probe } = this.#plan;
    if (probe === undefined) return;
    const losses = await interruptible(this.#run, () => this.#add(probe, 'Read what the probe saw'));
    if (losses === undefined) {
      if (hasLimits(probe)) await this.#run.hold('What was lost cannot be told, since the probe could not be read');
      return;
    }
    const known = losses.filter((loss) => loss.known);
    if (known.length > 0) {
      const why = lossSentence(known);
      if (this.#plan.kubeProxy.onFailure === 'rollback') throw unhealthy(why, detailsOf(known));
      await this.#run.hold(why);
      return;
    }
    const leftBehind = this.#run.journal.leftBehind.map(({ node }) => node);
    const unknown = losses.filter(({ node }) => !this.#accepted.has(node) && !leftBehind.includes(node));
    if (unknown.length === 0) return;
    await this.#run.hold(`${lossSentence(unknown)}, as far as the probe can tell`);
    for (const { node } of unknown) this.#accepted.add(node);
  }

  /** Reads the probe for the last time, and takes it away. Never throws: a run does not depend on it any more. */
  async end(): Promise<void> {
    const { probe } = this.#plan;
    if (probe === undefined || !this.#installed) return;
    await CancellationScope.nonCancellable(async () => {
      if (this.#readUntil !== undefined) await this.#add(probe, 'Read what the probe saw until the end');
      await this.#remove();
    });
  }

  async #remove(): Promise<void> {
    const { journal, cluster } = this.#run;
    const what = 'Remove the probe';
    try {
      await journal.step(what, () =>
        undoStep({ summary: what, timeoutMs: EVERY_NODE_TIMEOUT_MS }).removeProbe({ cluster }),
      );
    } catch (error) {
      journal.remarks.push(`The probe could not be removed (${toFailureRecord(error).message}). By hand: ${BY_HAND}`);
    }
  }

  /** @returns what is beyond the limits; undefined where it could not be read */
  async #add(probe: ProbePlan, what: string): Promise<Loss[] | undefined> {
    const from = this.#readUntil ?? new Date().toISOString();
    const time = { from, to: new Date().toISOString() };
    const look = await this.#look(probe, time, what);
    if (look === undefined) return undefined;
    this.#readUntil = time.to;
    return this.#run.journal.traffic?.add(look, time);
  }

  /** Tries a few times, since a run has to go on and to end without its probe. @returns undefined, with a remark, where it could not be read */
  async #look(probe: ProbePlan, time: { from: string; to: string }, what: string): Promise<ProbeLook | undefined> {
    const { journal, cluster } = this.#run;
    const { runId } = workflowInfo();
    const timeoutMs = EVERY_NODE_TIMEOUT_MS + probeDelayMs(probe) + PATIENCE_MS;
    const input = { cluster, probe, runId, ...time, patienceMs: PATIENCE_MS };
    try {
      return await journal.step(what, () => undoStep({ summary: what, timeoutMs }).lookAtProbe(input));
    } catch (error) {
      if (isCancellation(error)) throw error;
      journal.remarks.push(`The probe could not be read: ${toFailureRecord(error).message}`);
      return undefined;
    }
  }
}

function hasLimits({ limits: { longestGapMs, lostConnections } }: ProbePlan): boolean {
  return longestGapMs !== undefined || lostConnections !== undefined;
}

function lossSentence(losses: readonly Loss[]): string {
  const byNode = [...Map.groupBy(losses, ({ node }) => node)];
  return `Traffic was lost beyond the limits of the plan: ${sentenceOf(byNode.map(([node, lost]) => `${node}, ${describeLosses(lost)}`))}`;
}

/** What one node lost. A node that is cut off loses the same on each path, which is said once. */
function describeLosses(losses: readonly Loss[]): string {
  const alike = [...Map.groupBy(losses, describeLoss)];
  return alike.map(([what, same]) => `${same.map(({ path }) => path).join(', ')}: ${what}`).join('; ');
}

function describeLoss({ was, limit }: Loss): string {
  if ('gapMs' in was) return `${readable(was.gapMs)} without an answer, accepted ${readable(limit)}`;
  if ('lost' in was) return `${was.lost} connections lost, accepted ${limit}`;
  return `nothing known for ${readable(was.unknownMs)}, in which connections may have been lost, accepted ${limit}`;
}

function sentenceOf(items: readonly string[]): string {
  return someOf(items, MOST_NAMED).join('; ');
}

function detailsOf(losses: readonly Loss[]): FailureDetails {
  const byNode = Map.groupBy(losses, ({ node }) => node);
  const nodes = [...byNode].map(([node, lost]) => ({ node, why: describeLosses(lost), lastLines: [] }));
  return { object: `DaemonSet ${PROBE_NAMESPACE}/proxyshift-probe`, nodes };
}
