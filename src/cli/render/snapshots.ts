import type { ListedSnapshot } from '../../cluster/snapshot/find.ts';
import { table } from './table.ts';

/** A snapshot as one JSON object of a list. */
export function snapshotSummary(listed: ListedSnapshot): Record<string, unknown> {
  const { name, createdAt } = listed;
  if ('unreadable' in listed) return { name, createdAt, unreadable: listed.unreadable };
  const { kind, savedAt, workflowId, runId, requester, temporal, wayBack, objects } = listed.snapshot.run;
  const { from, to } = wayBack.kubeProxy;
  return {
    name,
    createdAt,
    kind,
    savedAt,
    workflowId,
    runId,
    requester,
    ...(temporal ? { temporal } : {}),
    mode: from,
    changedTo: to,
    nodesInOtherModes: Object.keys(wayBack.otherModes).length,
    objects: objects.map(({ kind: of, namespace, name: called }) => [of, namespace, called].filter(Boolean).join(' ')),
  };
}

/** Snapshots as a table, the newest first. */
export function snapshotLines(snapshots: readonly ListedSnapshot[]): string[] {
  const rows = snapshots.map((listed) => {
    if ('unreadable' in listed) return [listed.name, listed.createdAt, '?', '?', listed.unreadable];
    const { kind, savedAt, requester, wayBack } = listed.snapshot.run;
    const others = Object.keys(wayBack.otherModes).length;
    const mode = `${wayBack.kubeProxy.from}${others > 0 ? ` (${others} nodes not)` : ''}`;
    return [listed.name, savedAt, kind, mode, requester];
  });
  return table(['SNAPSHOT', 'SAVED', 'BEFORE A', 'MODE', 'ASKED FOR BY'], rows);
}
