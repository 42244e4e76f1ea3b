import { readable } from '../../model/readable.ts';
import { type Check, count, finding } from '../check.ts';

const code = 'PXS104';
/** So many attempts on a path say something of how traffic is: one in a hundred may be slow for no reason. */
const ENOUGH = 100;

/** What is lost in the run is held against the baseline: what that has missed counts as the run's. */
export const baseline: Check = {
  code,
  category: 'probe',
  probe: true,
  title: 'The baseline is long enough for the limits',
  looksAt: 'probe.baseline, probe.every and probe.limits of clusters.yaml',
  run: async ({ probe }) => {
    const limits = Object.values(probe?.limits ?? {});
    if (probe === undefined || limits.length === 0) return { saw: 'no limits', findings: [] };
    const { baselineMs, everyMs } = probe;
    const attempts = Math.floor(baselineMs / everyMs);
    const saw = `${count(attempts, 'attempt')} on each path in ${readable(baselineMs)}`;
    if (attempts >= ENOUGH) return { saw, findings: [] };
    const message = `The baseline has ${saw}: what goes wrong here now and then would be taken for the run's, and judged by its limits`;
    const fix = `Set probe.baseline to ${readable(ENOUGH * everyMs)} or longer`;
    const command = 'proxyshift check CLUSTER --only probe';
    return { saw, findings: [finding(code, 'warning', message, { fix, command })] };
  },
};
