import type { Category } from '../model/check-result.ts';
import { Failure } from '../model/failure.ts';
import type { Finding, Severity } from '../model/finding.ts';
import type { Handover } from '../model/plan.ts';
import type { Target } from '../model/request.ts';
import type { ClusterFacts } from './facts.ts';

/** What a check saw, and what is wrong with it. */
export interface Seen {
  /** The evidence, short: `12 Linux nodes, kernels 5.15.0 to 6.8.0`. No full stop. */
  saw: string;
  findings: Finding[];
  /** What could not be understood, where the check is about that: checks that share the reading refer to it. */
  fault?: Failure;
}

/** One preflight check: a file of its own, and a section of docs/checks.md. */
export interface Check {
  /** Stable; never given to another check. */
  code: string;
  category: Category;
  /** What is right when the check finds nothing: the title of its section. */
  title: string;
  /** Where it looks, in a phrase: `status.nodeInfo.kernelVersion of every Linux node`. */
  looksAt: string;
  /** Asks processes, logs or the API server for more than objects: skipped on an export. */
  live?: true;
  /** Without it no plan can be made or nothing can be proven: cannot be set aside with `--ignore-checks`. */
  essential?: true;
  /** Only for a migration to this; absent: for any. */
  target?: Target;
  /** Only where clusters.yaml asks for this hand-over; absent: for any. */
  handover?: Handover;
  /** Only where clusters.yaml asks for a probe. */
  probe?: true;
  /** @throws Failure where something could not be read: the finding is `unknown` then */
  run: (facts: ClusterFacts, target: Target) => Promise<Seen>;
}

/** What a finding says beside its message. `objects` names all that are concerned; a message names the first few. */
export interface FindingDetails {
  objects?: readonly string[];
  /** What to do, in a sentence. */
  fix?: string;
  /** A command that does it, or shows more. */
  command?: string;
}

/** A finding of a check. */
export function finding(code: string, severity: Severity, message: string, more: FindingDetails = {}): Finding {
  const { objects = [], fix, command } = more;
  return { code, severity, message, objects: [...objects], ...(fix ? { fix } : {}), ...(command ? { command } : {}) };
}

/** A part of the cluster that could be read but not understood, as a blocker of the check that is about it. */
export function failureFinding(code: string, { message, details }: Failure): Finding {
  return finding(code, 'blocker', message, {
    objects: details.object?.split(', ') ?? [],
    ...(details.hint ? { fix: details.hint.replace(/\.$/, '') } : {}),
  });
}

/** The kinds of failure that say that something is there and is not as it should be; any other kind: it was not read. */
const understood: readonly Failure['kind'][] = ['Invalid', 'Blocked', 'Unhealthy'];

/**
 * Reads something whose very absence or shape is what a check is about.
 * @returns the failure where it was read and could not be understood
 * @throws whatever else went wrong
 */
export async function readOrFault<T>(read: () => Promise<T>): Promise<{ value: T } | { fault: Failure }> {
  try {
    return { value: await read() };
  } catch (error) {
    if (error instanceof Failure && understood.includes(error.kind)) return { fault: error };
    throw error;
  }
}

/** The first ten names, then a number. */
export function few(names: readonly string[]): string {
  return names.length <= 10 ? names.join(', ') : `${names.slice(0, 10).join(', ')} and ${names.length - 10} more`;
}

/** `1 node`, `12 nodes`; an irregular plural is given. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}

/** Nodes as objects of a finding. */
export function nodeObjects(names: readonly string[]): string[] {
  return names.map((name) => `Node ${name}`);
}
