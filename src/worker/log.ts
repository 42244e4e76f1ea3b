import type { Logger as TemporalLogger } from '@temporalio/common';
import { type DestinationStream, type Logger, pino } from 'pino';
import { Failure } from '../model/failure.ts';

export type { Logger };

/** The message that says that the worker polls; `rehearse` waits for it. */
export const WORKER_RUNS = 'worker is running';

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/**
 * JSON lines on standard error, of level `$LOG_LEVEL` (default `info`) and above.
 *
 * Nothing of proxyshift logs a kubeconfig or a token; the redaction is the second fence, for what an error of a library
 * might carry.
 */
export function createLog(destination: DestinationStream = pino.destination({ dest: 2, sync: true })): Logger {
  const level = (process.env.LOG_LEVEL || 'info').toLowerCase();
  if (!levels.includes(level)) {
    throw new Failure('Invalid', `LOG_LEVEL ${JSON.stringify(process.env.LOG_LEVEL)} is not a level.`, {
      hint: `Use one of: ${levels.join(', ')}.`,
    });
  }
  const secret = ['token', 'authorization', 'Authorization', 'apiKey', 'password', 'headers', 'clientCertPair'];
  return pino(
    {
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
      redact: { paths: secret.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[redacted]' },
    },
    destination,
  );
}

/** What the SDK, the workflows and the activities log, as lines of the same log. */
export function temporalLogger(log: Logger): TemporalLogger {
  const write: TemporalLogger['log'] = (level, message, meta) => {
    const method = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
    log[method[level]]({ ...meta }, message);
  };
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  };
}
