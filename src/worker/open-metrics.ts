/** What `toOpenMetrics` makes (https://prometheus.io/docs/specs/om/open_metrics_spec/). */
export const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** Whether a scrape takes OpenMetrics, by its header `accept`. Prometheus asks for it first. */
export function asksForOpenMetrics(accept: string | undefined): boolean {
  return accept !== undefined && /\bapplication\/openmetrics-text\b/.test(accept);
}

/**
 * The text format of Prometheus as OpenMetrics: a family of counters is named without `_total`, quotes in help texts are escaped,
 * there are no empty lines, and the end is marked. prom-client 15.1.3 could write it too, but takes `_total` off the names of its
 * counters for good, so that the next scrape in the other format would have other names.
 */
export function toOpenMetrics(text: string): string {
  const counters = new Set([...text.matchAll(/^# TYPE (\S+)_total counter$/gm)].map(([, name]) => `${name}_total`));
  const lines = text.split('\n').filter((line) => line !== '');
  const converted = lines.map((line) => {
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (keyword === undefined) return line;
    const family = counters.has(name) ? name.replace(/_total$/, '') : name;
    return `# ${keyword} ${family} ${keyword === 'HELP' ? rest.replaceAll('"', '\\"') : rest}`;
  });
  return `${converted.join('\n')}\n# EOF\n`;
}
