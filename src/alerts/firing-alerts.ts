import { z } from 'zod';
import type { FiringAlert } from '../model/alerts.ts';
import { NotAsked } from './not-asked.ts';

/** So many are named; the others are counted. */
const MOST_NAMED = 20;

/**
 * The answer of `GET /api/v1/alerts`, as far as it is needed.
 * https://prometheus.io/docs/prometheus/latest/querying/api/#alerts
 */
const answerSchema = z.object({
  status: z.literal('success'),
  data: z.object({
    alerts: z.array(
      z.object({
        labels: z.record(z.string(), z.string()),
        annotations: z.record(z.string(), z.string()).default({}),
        state: z.string(),
        activeAt: z.string().optional(),
      }),
    ),
  }),
});

/**
 * The alerts of these names that are firing; pending ones are not there yet. What somebody silenced in Alertmanager still
 * fires here: Prometheus does not know of silences.
 *
 * @throws NotAsked where it is no answer of Prometheus: nothing is known of its alerts then
 */
export function firingAlerts(text: string, names: readonly string[]): { firing: FiringAlert[]; count: number } {
  const parsed = answerSchema.safeParse(parseJson(text));
  if (!parsed.success) throw new NotAsked('its answer is not that of Prometheus to /api/v1/alerts');
  const firing = parsed.data.data.alerts
    .filter(({ state, labels }) => state === 'firing' && names.includes(labels.alertname ?? ''))
    .sort((a, b) => (a.activeAt ?? '').localeCompare(b.activeAt ?? ''));
  return { firing: firing.slice(0, MOST_NAMED).map(toFiring), count: firing.length };
}

function toFiring({
  labels: { alertname = '', ...labels },
  annotations: { summary, description },
  activeAt,
}: z.output<typeof answerSchema>['data']['alerts'][number]): FiringAlert {
  const said = summary ?? description;
  return {
    name: alertname,
    ...(activeAt === undefined ? {} : { since: activeAt }),
    labels: cut(
      Object.entries(labels)
        .map(([name, value]) => `${name}=${value}`)
        .join(', '),
    ),
    ...(said === undefined ? {} : { summary: cut(said) }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new NotAsked('its answer is not JSON');
  }
}

function cut(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
