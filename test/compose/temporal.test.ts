import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { searchAttributes } from '../../src/model/search-attributes.ts';

// There is no Docker where the tests run: what compose would refuse, and what would only show after a while, is looked
// for in the file itself. Every section is strict, so that a misspelt key does not pass.

const root = join(import.meta.dirname, '../..');
const path = join(root, 'docker-compose.temporal.yml');

const healthcheckSchema = z.strictObject({
  test: z.tuple([z.literal('CMD')], z.string()),
  interval: z.string(),
  timeout: z.string(),
  retries: z.int().positive(),
  start_period: z.string(),
});

const serviceSchema = z.strictObject({
  image: z.string(),
  restart: z.string(),
  environment: z.record(z.string(), z.string()),
  networks: z.array(z.string()),
  depends_on: z
    .record(z.string(), z.strictObject({ condition: z.enum(['service_healthy', 'service_completed_successfully']) }))
    .default({}),
  entrypoint: z.array(z.string()).optional(),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  healthcheck: healthcheckSchema.optional(),
});

const composeSchema = z.strictObject({
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.strictObject({ name: z.string() })),
  networks: z.record(z.string(), z.strictObject({ name: z.string() })),
});

const text = await readFile(path, 'utf8');
const compose = composeSchema.parse(parse(text));
const services = Object.entries(compose.services);
const oneShots = services.filter(([, service]) => service.restart.startsWith('on-failure'));
const longRunning = services.filter(([, service]) => service.restart === 'unless-stopped');

function service(name: string): z.output<typeof serviceSchema> {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`docker-compose.temporal.yml has no service ${name}`);
  return found;
}

describe('docker-compose.temporal.yml', () => {
  test('every service either runs on or runs once', () => {
    expect([...oneShots, ...longRunning]).toHaveLength(services.length);
    expect(oneShots.map(([name]) => name)).toEqual(['temporal-schema', 'temporal-namespace']);
  });

  test.each(services)('%s: its image is pinned to a version', (_, { image }) => {
    expect(image).toMatch(/^[a-z][a-z/-]*:\d+\.\d+(\.\d+)?$/);
  });

  test('server and admin tools are the same version, and Postgres is 16', () => {
    const version = service('temporal').image.split(':')[1];
    expect(service('temporal-schema').image).toBe(`temporalio/admin-tools:${version}`);
    expect(service('temporal-namespace').image).toBe(`temporalio/admin-tools:${version}`);
    expect(service('postgresql').image).toMatch(/^postgres:16\.\d+$/);
    expect(text).not.toContain('image: temporalio/auto-setup');
  });

  test.each(longRunning)('%s: has a health check, so that others can wait for it', (_, { healthcheck }) => {
    expect(healthcheck).toBeDefined();
  });

  test.each(services)('%s: waits for services that exist, for a state that they reach', (_, { depends_on }) => {
    for (const [name, { condition }] of Object.entries(depends_on)) {
      const runsOnce = service(name).restart.startsWith('on-failure');
      expect(condition, name).toBe(runsOnce ? 'service_completed_successfully' : 'service_healthy');
    }
  });

  test('the server starts after its schema is there, the UI after the namespace is', () => {
    expect(service('temporal').depends_on).toHaveProperty('temporal-schema');
    expect(service('temporal-namespace').depends_on).toHaveProperty('temporal');
    expect(service('temporal-ui').depends_on).toHaveProperty('temporal-namespace');
  });

  test('registers the search attributes that the workflow sets', () => {
    const registered = service('temporal-namespace').environment.KEYWORD_ATTRIBUTES?.split(' ');
    expect(registered?.toSorted()).toEqual(Object.values(searchAttributes).toSorted());
  });

  test('runs outlive the containers: Postgres keeps its data in a named volume', () => {
    expect(service('postgresql').volumes).toContain('temporal-postgres:/var/lib/postgresql/data');
    expect(compose.volumes).toEqual({ 'temporal-postgres': { name: 'proxyshift-temporal-postgres' } });
  });

  test.each(services)('%s: is reachable from this machine only', (_, { ports }) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test('Postgres is not reachable from outside at all', () => {
    expect(service('postgresql').ports).toEqual([]);
  });

  test('every service is on the network', () => {
    for (const [, { networks }] of services) expect(networks).toEqual(Object.keys(compose.networks));
  });

  test('the password is one variable with one documented default', async () => {
    const reference = `$\{TEMPORAL_POSTGRES_PASSWORD:-temporal}`;
    expect(service('postgresql').environment.POSTGRES_PASSWORD).toBe(reference);
    expect(service('temporal').environment.POSTGRES_PWD).toBe(reference);
    expect(service('temporal-schema').environment.SQL_PASSWORD).toBe(reference);
    expect(await readExample()).toHaveProperty('TEMPORAL_POSTGRES_PASSWORD', 'temporal');
  });

  test('example.env lists every variable with the default that the compose file has', async () => {
    const used = new Map([...text.matchAll(/\$\{(\w+):-([^}]*)\}/g)].map(([, name = '', value = '']) => [name, value]));
    expect(await readExample()).toEqual(Object.fromEntries(used));
    expect(text.match(/\$\{\w+\}/), 'a variable without a default').toBeNull();
  });

  test.each(services)('%s: files that it mounts are in the repository, and read-only', async (_, { volumes }) => {
    for (const volume of volumes.filter((entry) => entry.startsWith('./'))) {
      const [source = '', , mode] = volume.split(':');
      expect(mode, volume).toBe('ro');
      expect((await stat(join(root, source))).isFile(), volume).toBe(true);
      if (source.endsWith('.sh')) await access(join(root, source), constants.X_OK);
    }
  });

  test('each one-shot runs the script that it mounts', () => {
    for (const [name, { entrypoint, volumes }] of oneShots) {
      const target = volumes[0]?.split(':')[1];
      expect(entrypoint, name).toEqual(['/bin/sh', target]);
    }
  });

  test('the server reads the dynamic configuration that is mounted', async () => {
    const { environment, volumes } = service('temporal');
    expect(volumes).toEqual([`./deploy/temporal/dynamic-config.yaml:${environment.DYNAMIC_CONFIG_FILE_PATH}:ro`]);
    const config: unknown = parse(await readFile(join(root, 'deploy/temporal/dynamic-config.yaml'), 'utf8'));
    const entries = z.record(z.string(), z.array(z.strictObject({ value: z.unknown(), constraints: z.object({}) })));
    expect(entries.parse(config)).not.toEqual({});
  });
});

/** `NAME=value` lines of deploy/temporal/example.env. */
async function readExample(): Promise<Record<string, string>> {
  const lines = (await readFile(join(root, 'deploy/temporal/example.env'), 'utf8')).split('\n');
  return Object.fromEntries(
    lines
      .filter((line) => /^\w+=/.test(line))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}
