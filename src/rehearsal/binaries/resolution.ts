import type { Platform } from './platform.ts';
import { probe } from './probe.ts';
import type { BinarySpec } from './specs.ts';

/** Where an executable was found, in the order in which the places are looked at. */
export type BinarySource = 'explicit' | 'PATH' | 'cache' | 'download' | 'build';

export interface ResolvedBinary {
  path: string;
  /** What the executable says, without `v`. */
  version: string;
  source: BinarySource;
}

/** What one resolve knows. */
export interface Context {
  environment: NodeJS.ProcessEnv;
  cache: string;
  tools: string;
  platform: Platform;
  signal: AbortSignal | undefined;
  say: (spec: BinarySpec, line: string) => void;
  /** `closed` is set by the first download that reaches nothing: then the others are not tried. */
  network: { closed?: string };
}

/** Why a file is not the pinned version of `spec`, or `undefined` where it is. */
export async function unusable(
  path: string,
  spec: BinarySpec,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const answer = await probe(path, spec, signal);
  if (!answer.ok) return answer.why;
  return answer.version === spec.version ? undefined : `it says ${answer.version} instead of ${spec.version}`;
}

/** `1.35.4` → `1.35`. */
export function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}
