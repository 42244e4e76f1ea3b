import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { searchAttributeList } from '../../src/cli/temporal/search-attributes.ts';
import { resolveBinaries } from '../../src/rehearsal/binaries/resolve.ts';
import { type StartedTemporal, startTemporal } from '../../src/rehearsal/temporal-server.ts';

export interface TemporalWithWorker {
  temporal: StartedTemporal;
  client: Client;
  /** Lets the worker end, then takes all down. */
  stop(): Promise<void>;
}

/** A real Temporal, and a worker with these activities in this process. */
export async function temporalWithWorker(
  options: Pick<WorkerOptions, 'activities' | 'workflowBundle' | 'taskQueue'>,
): Promise<TemporalWithWorker> {
  const { temporal: binary } = await resolveBinaries(['temporal']);
  const temporal = await startTemporal({ binary, searchAttributes: searchAttributeList });
  const connection = await NativeConnection.connect({ address: temporal.address });
  const client = new Client({ connection: await Connection.connect({ address: temporal.address }) });
  const worker = await Worker.create({ connection, ...options });
  const running = worker.run();
  const stop = async () => {
    worker.shutdown();
    await running;
    await client.connection.close();
    await connection.close();
    await temporal.stop();
  };
  return { temporal, client, stop };
}
