import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { workerMetrics } from '../../src/worker/metrics.ts';
import { runMetrics } from '../../src/worker/run-metrics.ts';

const root = join(import.meta.dirname, '../..');

/** The one metric of Temporal's SDK that is used: https://docs.temporal.io/references/sdk-metrics */
const ofTemporal = ['temporal_activity_schedule_to_start_latency_bucket'];

/** Every metric of a worker, histograms by the names of their series. */
function metricsOfWorkers(): string[] {
  const { registry } = workerMetrics(() => 'RUNNING');
  runMetrics(registry, async () => ({ open: [], ended: [] }));
  return registry.getMetricsAsArray().flatMap(({ name, type }) => {
    const isHistogram = String(type) === 'histogram';
    return isHistogram ? ['_bucket', '_sum', '_count'].map((suffix) => `${name}${suffix}`) : [name];
  });
}

/** Names of the metrics in a PromQL expression. @throws where it is none, with the place */
function metricsIn(expression: string): string[] {
  const names: string[] = [];
  parser.parse(expression).iterate({
    enter: ({ name, from, to, type }) => {
      if (type.isError) throw new Error(`not PromQL at ${from}: ${expression}`);
      if (name === 'VectorSelector') {
        const [metric = ''] = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(expression.slice(from, to)) ?? [];
        if (metric === '') throw new Error(`no name of a metric at ${from}: ${expression}`);
        names.push(metric);
      }
    },
  });
  return names;
}

const known = [...metricsOfWorkers(), ...ofTemporal];

it('the parser finds what is no PromQL', () => {
  expect(() => metricsIn('sum by (cluster (up)')).toThrow(/not PromQL/);
  expect(() => metricsIn('max(')).toThrow(/not PromQL/);
  expect(metricsIn('max by (a) (up{b="c"}) / on (a) rate(x_total[5m])')).toEqual(['up', 'x_total']);
});

const ruleSchema = z.strictObject({
  alert: z.string().regex(/^Proxyshift[A-Z][A-Za-z]+$/),
  expr: z.string(),
  for: z
    .string()
    .regex(/^\d+[smhd]$/)
    .optional(),
  labels: z.strictObject({ severity: z.enum(['critical', 'warning', 'info']) }),
  annotations: z.strictObject({ summary: z.string(), description: z.string() }),
});
const rulesSchema = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), rules: z.array(ruleSchema).min(1) })).min(1),
});

describe('deploy/prometheus-alerts.yaml', async () => {
  const document = parseDocument(await readFile(join(root, 'deploy/prometheus-alerts.yaml'), 'utf8'), { strict: true });
  const { groups } = rulesSchema.parse(document.toJS());
  const rules = groups.flatMap((group) => group.rules);

  it('is YAML without a fault, and no alert comes twice', () => {
    expect([...document.errors, ...document.warnings]).toEqual([]);
    const names = rules.map(({ alert }) => alert);
    expect(names).toEqual([...new Set(names)]);
  });

  it.each(rules.map((rule) => [rule.alert, rule] as const))('%s asks for metrics that there are', (_, rule) => {
    expect(metricsIn(rule.expr).filter((name) => !known.includes(name))).toEqual([]);
    // A label that the expression does not keep would be empty in the text.
    const used = [...JSON.stringify(rule.annotations).matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label);
    const kept = [...rule.expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(/,\s*/));
    expect(used.filter((label) => !kept.includes(label))).toEqual([]);
  });
});

const panelSchema = z.looseObject({
  id: z.number().int(),
  title: z.string().min(1),
  type: z.enum(['stat', 'table', 'timeseries', 'bargauge']),
  // biome-ignore format: one line reads better.
  gridPos: z.strictObject({ x: z.number().int().min(0), y: z.number().int().min(0), w: z.number().int().min(1).max(24), h: z.number().int().min(1) }),
  targets: z.array(z.looseObject({ refId: z.string(), expr: z.string(), legendFormat: z.string() })).min(1),
});
const dashboardSchema = z.looseObject({
  title: z.literal('proxyshift'),
  uid: z.string(),
  schemaVersion: z.number().int(),
  templating: z.looseObject({
    list: z.array(z.looseObject({ name: z.string(), type: z.string(), query: z.unknown() })),
  }),
  panels: z.array(panelSchema).min(1),
});

describe('deploy/grafana-dashboard.json', async () => {
  const dashboard = dashboardSchema.parse(
    JSON.parse(await readFile(join(root, 'deploy/grafana-dashboard.json'), 'utf8')),
  );

  it('has each panel once, and none above another', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(cells).toHaveLength(new Set(cells).size);
    for (const { gridPos } of dashboard.panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  });

  it.each(dashboard.panels.map((panel) => [panel.title, panel] as const))(
    '"%s" asks for metrics that there are',
    (_, panel) => {
      for (const { expr } of panel.targets) {
        // Grafana puts these in before Prometheus sees it.
        const sent = expr.replaceAll('$__rate_interval', '5m').replaceAll('$cluster', 'prod-1');
        expect(sent).not.toContain('$');
        expect(metricsIn(sent).filter((name) => !known.includes(name))).toEqual([]);
      }
    },
  );

  it('its variables ask for metrics that there are', () => {
    const [, names = ''] =
      /__name__=~\\"([^\\"]+)\\"/.exec(JSON.stringify(dashboard.templating.list.map(({ query }) => query))) ?? [];
    expect(names.split('|').filter((name) => !known.includes(name))).toEqual([]);
  });
});
