/** One series with its value. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const suffixes: Record<string, string[]> = {
  counter: ['_total', '_created'],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count', '_created'],
  summary: ['', '_sum', '_count', '_created'],
};

/**
 * Reads OpenMetrics as strictly as its specification says (https://prometheus.io/docs/specs/om/open_metrics_spec/): every
 * sample belongs to the family above it, no family and no series comes twice, and the end is marked.
 */
export function parseOpenMetrics(text: string): Sample[] {
  if (!text.endsWith('\n# EOF\n')) throw new Error('the end is not marked');
  const samples: Sample[] = [];
  const [families, series] = [new Set<string>(), new Set<string>()];
  let family = { name: '', type: '' };
  for (const line of text.slice(0, -'# EOF\n'.length).trimEnd().split('\n')) {
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE|UNIT) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/.exec(line) ?? [];
    if (keyword !== undefined) {
      if (keyword === 'HELP' && /(?<!\\)"/.test(rest)) throw new Error(`a quote that is not escaped: ${line}`);
      if (family.name !== name && families.has(name)) throw new Error(`twice: ${line}`);
      families.add(name);
      family = { name, type: keyword === 'TYPE' ? rest : family.name === name ? family.type : '' };
      continue;
    }
    const sample = parseSample(line);
    const suffix = sample.name.slice(family.name.length);
    if (!sample.name.startsWith(family.name) || !suffixes[family.type]?.includes(suffix)) {
      throw new Error(`not of ${family.type} ${family.name}: ${line}`);
    }
    const key = line.slice(0, line.lastIndexOf(' '));
    if (series.has(key)) throw new Error(`twice: ${key}`);
    series.add(key);
    samples.push(sample);
  }
  return samples;
}

function parseSample(line: string): Sample {
  const [, name, inBraces = '', number = ''] = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  const value = number === '+Inf' ? Number.POSITIVE_INFINITY : Number(number);
  if (name === undefined || (Number.isNaN(value) && !/^nan$/i.test(number))) throw new Error(`not a sample: "${line}"`);
  const pairs = [...inBraces.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)/g)];
  if (pairs.map(([whole]) => whole).join('') !== inBraces) throw new Error(`not labels: ${line}`);
  return { name, labels: Object.fromEntries(pairs.map(([, label = '', text = '']) => [label, text])), value };
}
