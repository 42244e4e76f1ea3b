import type { Finding } from '../../model/finding.ts';
import { handoverChecks } from './checks.ts';

/** What any of these finds makes nodes be handed over by restart. */
const codes: ReadonlySet<string> = new Set(handoverChecks.map(({ code }) => code));

/** Why nodes cannot be handed over with a stand-by, as the first finding says it; undefined where they can. */
export function whyRestart(findings: readonly Finding[]): string | undefined {
  return findings.find(({ code, severity }) => codes.has(code) && severity !== 'note')?.message;
}
