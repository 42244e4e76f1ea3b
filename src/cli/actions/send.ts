import type { MessageName } from '../../model/messages.ts';
import type { ByPersonOptions } from '../by-person.ts';
import { colorsFor } from '../colors.ts';
import type { ConfirmOptions } from '../confirm.ts';
import { connectTemporal } from '../temporal/connect.ts';
import { type Payload, RefusedByRun, Run } from '../temporal/run.ts';
import { printJson } from './output.ts';
import { checkedPerson } from './start.ts';

/** Exit code of a message that the run refused. */
const REFUSED = 1;

/** `proxyshift reject`, `pause`, `resume`, `abort`, `rollback`. Returns the exit code. */
export async function sendByPerson(name: MessageName, cluster: string, options: ByPersonOptions): Promise<number> {
  const by = checkedPerson(options.as, '--as');
  await using temporal = await connectTemporal(options);
  const run = new Run(temporal, cluster);
  return await send(run, name, { by, ...commentOf(options) }, options.output);
}

/** `proxyshift confirm`. Returns the exit code. */
export async function sendConfirm(cluster: string, step: string, options: ConfirmOptions): Promise<number> {
  const by = checkedPerson(options.as, '--as');
  await using temporal = await connectTemporal(options);
  const run = new Run(temporal, cluster);
  const payload = { by, step, ...(options.skip ? { skip: true } : {}), ...commentOf(options) };
  return await send(run, 'confirm', payload, options.output);
}

/** Sends a message and prints the answer, or why it was refused. Returns the exit code. */
export async function send(run: Run, name: MessageName, payload: Payload, output: string): Promise<number> {
  try {
    const message = await run.send(name, payload);
    if (output === 'json') printJson({ accepted: true, message });
    else process.stdout.write(`${run.cluster}: ${message}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof RefusedByRun)) throw error;
    if (output === 'json') printJson({ accepted: false, message: error.message });
    else process.stderr.write(`${colorsFor(process.stderr).red('refused:')} ${error.message}\n`);
    return REFUSED;
  }
}

export function commentOf({ comment }: { comment?: string | undefined }): { comment?: string } {
  return comment === undefined ? {} : { comment };
}
