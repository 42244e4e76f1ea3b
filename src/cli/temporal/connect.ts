import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { Failure } from '../../model/failure.ts';
import type { TemporalOptions } from '../options.ts';

/** A person waits at the terminal: how long to try an address where nothing answers (ms). */
const CONNECT_TIMEOUT_MS = 3_000;
const DEFAULT_ADDRESS = 'localhost:7233';
const DEFAULT_NAMESPACE = 'default';

export interface ConnectOptions extends TemporalOptions {
  /** For a server that was started here: what the environment says about the person's own does not count. */
  ignoreEnvironment?: boolean;
}

type ConnectionOptions = ReturnType<typeof loadClientConnectConfig>['connectionOptions'];

export interface TemporalTarget {
  /** `host:port`. */
  address: string;
  namespace: string;
  /** Address, TLS, API key and metadata, for `Connection` and for `NativeConnection`. */
  connectionOptions: ConnectionOptions;
}

/**
 * Where Temporal is: options, then the environment (TEMPORAL_*), then a profile of Temporal's configuration file.
 * @throws Failure `Invalid` for a configuration that cannot be read
 */
export function temporalTarget(options: ConnectOptions): TemporalTarget {
  const { connectionOptions, namespace } = options.ignoreEnvironment ? nothingSet : loadConfig();
  const address = options.address ?? connectionOptions.address ?? DEFAULT_ADDRESS;
  return {
    address,
    namespace: options.namespace ?? namespace ?? DEFAULT_NAMESPACE,
    connectionOptions: { ...connectionOptions, address },
  };
}

const nothingSet: ReturnType<typeof loadClientConnectConfig> = { connectionOptions: {} };

function loadConfig(): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(
      'Invalid',
      `The configuration of Temporal's client cannot be used: ${why}`,
      { hint: 'Look at TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE and the other TEMPORAL_ variables.' },
      { cause: error },
    );
  }
}

export interface Temporal extends TemporalTarget, AsyncDisposable {
  connection: Connection;
  client: Client;
}

/** A connection to Temporal that answers. @throws Failure `Unreachable` that names the address */
export async function connectTemporal(options: ConnectOptions): Promise<Temporal> {
  const target = temporalTarget(options);
  try {
    const connection = await Connection.connect({
      ...target.connectionOptions,
      connectTimeout: CONNECT_TIMEOUT_MS,
      // gRPC's own first pause after a refused connection is 1 s.
      channelArgs: { 'grpc.initial_reconnect_backoff_ms': 200, 'grpc.max_reconnect_backoff_ms': 1_000 },
    });
    const client = new Client({ connection, namespace: target.namespace });
    return { ...target, connection, client, [Symbol.asyncDispose]: () => connection.close() };
  } catch (error) {
    throw noTemporal(target.address, error);
  }
}

/** What to say where no Temporal answers. */
export function noTemporal(address: string, cause: unknown): Failure {
  return new Failure(
    'Unreachable',
    `No Temporal server answers at ${address}.`,
    {
      hint: [
        'Set TEMPORAL_ADDRESS or --address, or start one: docker compose -f docker-compose.temporal.yml up -d,',
        'or temporal server start-dev. To try proxyshift without any of it: proxyshift rehearse.',
      ].join('\n  '),
    },
    { cause },
  );
}
