import { type Segment, segmentSchema } from '../../model/probe.ts';
import type { ProbePathName, ProbePlan } from '../../model/probe-plan.ts';
import { parsePath } from '../../probe/parse-path.ts';
import { SERVICE_PORT } from './objects.ts';

/** What a probe has told in its log, by path. Lines of another kind are passed over: a runtime may write warnings among them. */
export function readProbeLog(lines: readonly string[], { paths }: ProbePlan): Map<ProbePathName, Segment[]> {
  const told = new Map<ProbePathName, Segment[]>(paths.map((path) => [path, []]));
  for (const line of lines) {
    const segment = parseLine(line);
    if (segment) told.get(nameOf(segment.path))?.push(segment);
  }
  return told;
}

/** A line that was cut, by the end of what was read, is told again in whole at the next look. */
function parseLine(line: string): Segment | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const parsed = segmentSchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function nameOf(path: string): ProbePathName {
  const { kind, port } = parsePath(path);
  if (kind !== 'tcp') return kind;
  return port === SERVICE_PORT ? 'cluster-ip' : 'node-port';
}
