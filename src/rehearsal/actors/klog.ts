/** The severities of a klog line. */
export type KlogSeverity = 'I' | 'W' | 'E' | 'F';

/**
 * A line as klog writes it in text format, in UTC:
 * `I1122 15:15:43.981664       1 server_linux.go:193] "Using ipvs Proxier"` (measured on real nodes).
 */
export function klogLine(
  severity: KlogSeverity,
  source: string,
  message: string,
  values: Record<string, string> = {},
): string {
  const [date = '', time = ''] = new Date().toISOString().slice(0, -1).split('T');
  const day = date.slice(5).replace('-', '');
  const pairs = Object.entries(values).map(([key, value]) => ` ${key}=${value}`);
  return `${severity}${day} ${time}000       1 ${source}] ${JSON.stringify(message)}${pairs.join('')}`;
}
