import type { WindowState } from '../model/maintenance.ts';
import type { MaintenanceTimes } from '../model/steps.ts';
import { windowAt } from '../schedule/window-at.ts';
import type { WorkerContext } from './step-context.ts';

/**
 * Whether a wave may start at an instant, by the windows and freezes of the approved plan. Asks nothing of the cluster: it is
 * an activity because rules of time zones change with the worker's Node, and a workflow has to replay the same on any.
 */
export async function maintenanceWindow(
  _: WorkerContext,
  { windows, freeze, at }: MaintenanceTimes,
): Promise<WindowState> {
  return windowAt(windows, freeze, new Date(at));
}
