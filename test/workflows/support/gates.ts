import { allHandlersFinished, condition, sleep } from '@temporalio/workflow';
import type { Plan } from '../../../src/model/plan.ts';
import { Gatekeeper } from '../../../src/workflows/gatekeeper.ts';
import { awaitAlerts } from '../../../src/workflows/look-around.ts';
import { MaintenanceWindow } from '../../../src/workflows/maintenance-window.ts';
import { AbortRequested, RollbackRequested, Run } from '../../../src/workflows/run.ts';

// What stands between two waves, without the waves.

function runningOn(cluster: string): Run {
  const run = new Run({ cluster, requester: 'ada', target: 'nftables' });
  run.desk.stage = 'running';
  return run;
}

/** What ended it, as a word. */
async function ending(action: () => Promise<void>): Promise<string> {
  try {
    await action();
    return 'went on';
  } catch (error) {
    if (error instanceof AbortRequested) return 'abort';
    if (error instanceof RollbackRequested) return 'rollback';
    throw error;
  } finally {
    await condition(allHandlersFinished);
  }
}

/** As many waves as there are pauses before them (ms). */
export async function waves(
  cluster: string,
  plan: Pick<Plan, 'windows' | 'freeze'>,
  pauses: number[],
): Promise<string> {
  const run = runningOn(cluster);
  const window = new MaintenanceWindow(run, plan);
  return await ending(() =>
    run.forward(async () => {
      for (const pause of pauses) {
        if (pause > 0) await sleep(pause);
        await window.open();
      }
    }),
  );
}

/** All that stands between two waves, with as many waves as are asked for. */
export async function between(cluster: string, plan: Plan, count: number, reached: string[] = []): Promise<string> {
  const run = runningOn(cluster);
  return await ending(() =>
    run.forward(async () => {
      const gates = await Gatekeeper.create(run, plan);
      await gates.keepMode(async () => undefined);
      run.journal.reached(reached);
      for (let wave = 0; wave < count; wave += 1) {
        await gates.beforeWrite();
        await gates.isHealthy();
      }
    }),
  );
}

/** A wave that alerts hold. */
export async function alerts(cluster: string, plan: Pick<Plan, 'alerts'>): Promise<string> {
  const run = runningOn(cluster);
  return await ending(() =>
    run.forward(async () => {
      await awaitAlerts(run, plan);
    }),
  );
}
