import { resolve as absolute, delimiter, isAbsolute, join } from 'node:path';
import { Failure } from '../../model/failure.ts';
import { cachedPath } from './cache.ts';
import { probe } from './probe.ts';
import { type Context, minorOf, type ResolvedBinary, unusable } from './resolution.ts';
import type { BinarySpec } from './specs.ts';

/**
 * An executable that is there already: an explicit one, one on PATH, or a cached one.
 *
 * @throws Failure `Refused` for an explicit path that is no good.
 */
export async function findPresent(spec: BinarySpec, context: Context): Promise<ResolvedBinary | undefined> {
  return (await findExplicit(spec, context)) ?? (await findOnPath(spec, context)) ?? (await findCached(spec, context));
}

async function findExplicit(spec: BinarySpec, context: Context): Promise<ResolvedBinary | undefined> {
  const value = context.environment[spec.variable];
  if (!value) return undefined;
  const path = absolute(value);
  const answer = await probe(path, spec, context.signal);
  if (!answer.ok) {
    throw new Failure('Refused', `${spec.variable} is ${JSON.stringify(value)}: ${answer.why}.`, {
      object: spec.name,
      hint: `Set it to the path of ${spec.name} ${spec.version}, or unset it to have ${spec.name} found or built.`,
    });
  }
  if (answer.version !== spec.version) {
    context.say(spec, `using ${path} (${spec.variable}), which is ${answer.version}; tested with ${spec.version}`);
  }
  return { path, version: answer.version, source: 'explicit' };
}

async function findOnPath(spec: BinarySpec, context: Context): Promise<ResolvedBinary | undefined> {
  const folders = (context.environment.PATH ?? '').split(delimiter).filter(isAbsolute);
  for (const path of new Set(folders.map((folder) => join(folder, spec.name)))) {
    const answer = await probe(path, spec, context.signal);
    if (answer.ok && minorOf(answer.version) === minorOf(spec.version)) {
      return { path, version: answer.version, source: 'PATH' };
    }
    if (answer.ok) {
      context.say(spec, `passed over ${path}: it is ${answer.version}, ${minorOf(spec.version)} is needed`);
    } else if (answer.why !== 'there is no such file') {
      context.say(spec, `passed over ${path}: ${answer.why}`);
    }
  }
  return undefined;
}

async function findCached(spec: BinarySpec, context: Context): Promise<ResolvedBinary | undefined> {
  const path = cachedPath(context.cache, spec, context.platform);
  const why = await unusable(path, spec, context.signal);
  if (why === undefined) return { path, version: spec.version, source: 'cache' };
  if (why !== 'there is no such file') context.say(spec, `the cached ${path} is broken: ${why}; making it again`);
  return undefined;
}
