import { join } from 'node:path';
import { cacheDirectory } from './cache.ts';
import { findPresent } from './find.ts';
import { make } from './make.ts';
import { packageRoot } from './package-root.ts';
import { currentPlatform } from './platform.ts';
import type { Context, ResolvedBinary } from './resolution.ts';
import { type BinaryName, type BinarySpec, binarySpecs } from './specs.ts';

export interface ResolveOptions {
  /** One line at a time, each beginning with the name of the executable. */
  onProgress?: (line: string) => void;
  /** Aborting ends a build or a download; no partial file stays. */
  signal?: AbortSignal;
  /** Instead of `process.env`: PATH, PROXYSHIFT_*, XDG_CACHE_HOME, and what Go reads. */
  environment?: NodeJS.ProcessEnv;
  /** Instead of the package's own `tools/`. */
  tools?: string;
}

/**
 * The path of each executable: an explicit one, one on PATH, a cached one, a downloaded one, or one built with Go.
 * Found means: its version command answers, with the pinned version (on PATH: the pinned major.minor).
 *
 * Two processes may resolve at once: the second waits for the first and takes what it made.
 *
 * @throws Failure `Refused` for an explicit path that is no good, `Invalid` with the ways to get it for an executable
 * that cannot be had; the reason of `signal` when aborted.
 * @example
 * const { etcd, temporal } = await resolveBinaries(['etcd', 'temporal'], { onProgress: console.error });
 */
export async function resolveBinaries<Name extends BinaryName>(
  names: readonly Name[],
  options: ResolveOptions = {},
): Promise<Record<Name, string>> {
  const located = await locateBinaries(names, options);
  return mapValues(names, (name) => located[name].path);
}

/** As {@link resolveBinaries}, with version and source of each. */
export async function locateBinaries<Name extends BinaryName>(
  names: readonly Name[],
  options: ResolveOptions = {},
): Promise<Record<Name, ResolvedBinary>> {
  const unique = [...new Set(names)];
  const found = await locateAll(
    unique.map((name) => binarySpecs[name]),
    options,
  );
  return mapValues(unique, (name) => {
    const binary = found.get(name);
    if (!binary) throw new Error(`${name} was not resolved`);
    return binary;
  });
}

/** The one of {@link locateBinaries} for any specification: what the tests use. */
export async function locateBinary(spec: BinarySpec, options: ResolveOptions = {}): Promise<ResolvedBinary> {
  const binary = (await locateAll([spec], options)).get(spec.name);
  if (!binary) throw new Error(`${spec.name} was not resolved`);
  return binary;
}

async function locateAll(specs: readonly BinarySpec[], options: ResolveOptions): Promise<Map<string, ResolvedBinary>> {
  const environment = options.environment ?? process.env;
  const context: Context = {
    environment,
    cache: cacheDirectory(environment),
    tools: options.tools ?? join(packageRoot(), 'tools'),
    platform: currentPlatform(),
    signal: options.signal,
    say: (spec, line) => options.onProgress?.(`${spec.name}: ${line}`),
    network: environment.PROXYSHIFT_NO_DOWNLOAD ? { closed: 'PROXYSHIFT_NO_DOWNLOAD is set' } : {},
  };
  const found = new Map<string, ResolvedBinary>();
  // What is there already is asked at once; what has to be made is made one after the other.
  const present = await Promise.all(specs.map((spec) => findPresent(spec, context)));
  for (const [index, spec] of specs.entries()) {
    found.set(spec.name, present[index] ?? (await make(spec, context)));
  }
  return found;
}

function mapValues<Name extends string, Value>(names: readonly Name[], of: (name: Name) => Value): Record<Name, Value> {
  // Object.fromEntries forgets its keys (TypeScript issue 35745).
  return Object.fromEntries(names.map((name) => [name, of(name)])) as Record<Name, Value>;
}
