import { z } from 'zod';
import { preflight } from '../../checks/preflight.ts';
import { checkedCodes } from '../../checks/run-checks.ts';
import { checkDocument } from '../../model/check-document.ts';
import { planMarkdown } from '../../model/plan-markdown.ts';
import { targets } from '../../model/request.ts';
import { colorsFor } from '../colors.ts';
import { docsLink } from '../docs-link.ts';
import type { PlanOptions } from '../plan.ts';
import { renderPlan } from '../render/plan.ts';
import { onCluster } from './on-cluster.ts';
import { printJson } from './output.ts';
import { printChecks } from './print-checks.ts';

/** `proxyshift plan --dry-run`: the plan that a run would make now. Returns the exit code: that of the checks. */
export async function dryRun(name: string, options: PlanOptions): Promise<number> {
  const target = z.enum(targets).default('nftables').parse(options.target);
  const ignoreChecks = checkedCodes(options.ignoreChecks ?? []);
  const { uid, results, outcome } = await onCluster(name, options, async (cluster, entry) => ({
    uid: cluster.uid,
    ...(await preflight(cluster, entry, { target, ignoreChecks })),
  }));
  const { verdict } = outcome;
  const json = options.output === 'json';

  if (verdict === 'blocked') {
    const more = {
      cluster: name,
      uid,
      source: 'cluster' as const,
      target,
      ignoredChecks: ignoreChecks,
      docsOf: docsLink,
    };
    const checked = checkDocument(results, { ...more, target });
    if (!json) return printChecks(checked, options);
    printJson({ dryRun: true, verdict, check: checked });
    return checked.exitCode;
  }
  const { plan } = outcome;
  const planHash = verdict === 'ready' ? outcome.hash : undefined;
  const colors = colorsFor(process.stdout);
  if (json) printJson({ dryRun: true, verdict, ...(planHash ? { planHash } : {}), plan });
  else if (options.output === 'markdown') process.stdout.write(planMarkdown(plan, planHash));
  else if (planHash === undefined) {
    process.stdout.write(`${name}: nothing to do: every node and component is in ${target} already\n`);
  } else {
    const next = `Nothing was started, and nothing written. To begin: proxyshift start ${name}${target === 'nftables' ? '' : ` --target ${target}`}`;
    process.stdout.write(`${renderPlan(plan, planHash, colors)}\n\n${colors.dim(next)}\n`);
  }
  return 0;
}
