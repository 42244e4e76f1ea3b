import type { ServerResponse } from 'node:http';
import type { ContainerLog, ContainerLogs, LogLine } from './container-log.ts';

/** Answers `GET /containerLogs/…` with the options of `pods/log` (k8s.io/api core/v1 PodLogOptions). */
export function sendLog(
  logs: ContainerLogs | undefined,
  container: string,
  query: URLSearchParams,
  response: ServerResponse,
): void {
  const previous = query.get('previous') === 'true';
  if (previous && !logs?.previous) {
    response.writeHead(400).end(`previous terminated container "${container}" not found`);
    return;
  }
  const log = previous ? logs?.previous : logs?.current;
  const write = lineWriter(query, response);
  response.writeHead(200, { 'content-type': 'text/plain' });
  for (const line of select(log, query)) write(line);
  if (!log || log.ended || query.get('follow') !== 'true') {
    response.end();
    return;
  }
  const finish = () => response.end();
  log.on('line', write);
  log.once('end', finish);
  response.once('close', () => {
    log.off('line', write);
    log.off('end', finish);
  });
  response.flushHeaders();
}

function select(log: ContainerLog | undefined, query: URLSearchParams): LogLine[] {
  const sinceSeconds = query.get('sinceSeconds');
  const sinceTime = query.get('sinceTime');
  const since = sinceSeconds
    ? Date.now() - Number(sinceSeconds) * 1_000
    : sinceTime
      ? Date.parse(sinceTime)
      : Number.NEGATIVE_INFINITY;
  const lines = (log?.lines ?? []).filter((line) => line.time.getTime() >= since);
  const tail = query.get('tailLines');
  return tail === null ? lines : lines.slice(Math.max(0, lines.length - Number(tail)));
}

/** Writes lines until `limitBytes` are out, then ends the answer in the middle of a line, as the kubelet does. */
function lineWriter(query: URLSearchParams, response: ServerResponse): (line: LogLine) => void {
  const timestamps = query.get('timestamps') === 'true';
  let left = Number(query.get('limitBytes') ?? Number.POSITIVE_INFINITY);
  return ({ time, text }) => {
    if (left <= 0) return;
    const bytes = Buffer.from(`${timestamps ? `${time.toISOString()} ` : ''}${text}\n`);
    response.write(bytes.subarray(0, left));
    left -= bytes.length;
    if (left <= 0) response.end();
  };
}
