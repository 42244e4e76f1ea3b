import type { Failure } from '../model/failure.ts';
import type { Finding } from '../model/finding.ts';
import type { ClusterFacts } from './facts.ts';

/** One preflight check. A section of docs/checks.md explains each code. */
export interface Check {
  code: string;
  /** What is right when the check finds nothing: the title of its section. */
  title: string;
  run: (facts: ClusterFacts) => Finding[];
}

/** A finding of a check; objects default to none. */
export function finding(
  code: string,
  severity: Finding['severity'],
  message: string,
  more: Partial<Pick<Finding, 'objects' | 'fix'>> = {},
): Finding {
  return { code, severity, message, objects: more.objects ?? [], ...(more.fix ? { fix: more.fix } : {}) };
}

/** A part of the cluster that could not be understood, as a blocker. */
export function failureFinding(code: string, { message, details }: Failure): Finding {
  return finding(code, 'blocker', message, {
    objects: details.object ? [details.object] : [],
    ...(details.hint ? { fix: details.hint } : {}),
  });
}

/** The first ten names, then a number. */
export function few(names: readonly string[]): string {
  return names.length <= 10 ? names.join(', ') : `${names.slice(0, 10).join(', ')} and ${names.length - 10} more`;
}

/** Nodes as objects of a finding. */
export function nodeObjects(names: readonly string[]): string[] {
  return names.map((name) => `Node ${name}`);
}
