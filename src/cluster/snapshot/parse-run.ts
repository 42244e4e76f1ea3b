import { z } from 'zod';
import { Failure } from '../../model/failure.ts';
import { describeIssues } from '../../model/schema-issues.ts';
import { SNAPSHOT_VERSION, type SnapshotRun, snapshotRunSchema } from '../../model/snapshot.ts';

const versionSchema = z.looseObject({ version: z.number() });

/**
 * What a snapshot says of its run.
 *
 * @param text of key `run.json`
 * @throws Failure `Invalid` where it is not there, was written by a newer proxyshift, or is not what one writes
 */
export function parseSnapshotRun(name: string, text: string | undefined): SnapshotRun {
  const object = `ConfigMap kube-system/${name}`;
  const byScript = `Restore it with its own script: kubectl -n kube-system get configmap ${name} -o jsonpath='{.data.restore\\.sh}' | sh`;
  if (text === undefined) {
    throw new Failure('Invalid', `${object} has no run.json: it is no snapshot that proxyshift can read`, { object });
  }
  const written = parsedJson(text);
  const version = versionSchema.safeParse(written).data?.version;
  if (version !== undefined && version > SNAPSHOT_VERSION) {
    throw new Failure(
      'Invalid',
      `${object} was written by a newer proxyshift: its version is ${version}, this one reads ${SNAPSHOT_VERSION}`,
      { object, hint: byScript },
    );
  }
  const parsed = snapshotRunSchema.safeParse(written);
  if (parsed.success) return parsed.data;
  throw new Failure('Invalid', `run.json of ${object} cannot be understood: ${describeIssues(parsed.error)}`, {
    object,
    hint: byScript,
  });
}

/** Undefined where it is no JSON: the schema says so then. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
