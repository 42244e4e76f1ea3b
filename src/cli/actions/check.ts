import { z } from 'zod';
import { checks } from '../../checks/all.ts';
import { createFacts, type FactsOptions } from '../../checks/create-facts.ts';
import type { ClusterFacts } from '../../checks/facts.ts';
import { checkedCodes, type RunChecksOptions, runChecks } from '../../checks/run-checks.ts';
import type { Cluster } from '../../cluster/connect.ts';
import { openExport } from '../../cluster/export/open-export.ts';
import { type CheckDocument, checkDocument } from '../../model/check-document.ts';
import { type Category, type CheckResult, categories, categorySchema } from '../../model/check-result.ts';
import { Failure } from '../../model/failure.ts';
import { type Target, targets } from '../../model/request.ts';
import type { CheckOptions } from '../check.ts';
import { docsLink } from '../docs-link.ts';
import { onCluster } from './on-cluster.ts';
import { printChecks } from './print-checks.ts';

/** kube-proxy and Felix are asked on so many nodes, unless `--all-nodes` is given: a first look takes seconds then. */
const SAMPLE = 100;

/** What to check, as it was asked for. */
interface Asked extends RunChecksOptions {
  target: Target;
  ignore: string[];
  /** Nodes. */
  sample: number | undefined;
}

/** `proxyshift check`. Returns the exit code. */
export async function check(name: string | undefined, options: CheckOptions): Promise<number> {
  const target = z.enum(targets).parse(options.target);
  const asked: Asked = {
    target,
    only: options.only && checkedCategories(options.only, target),
    ignore: checkedCodes(options.ignoreChecks ?? []),
    sample: options.allNodes ? undefined : SAMPLE,
  };
  return printChecks(await look(name, options, asked), options);
}

/** @throws Failure `Invalid` where both a cluster and an export are named, or neither */
async function look(
  name: string | undefined,
  { from, ...options }: CheckOptions,
  asked: Asked,
): Promise<CheckDocument> {
  const either = 'proxyshift check CLUSTER, or proxyshift check --from FOLDER';
  if (name !== undefined && from !== undefined) {
    throw new Failure('Invalid', `Both the cluster "${name}" and the export "${from}" are named: one is checked.`, {
      hint: either,
    });
  }
  if (from !== undefined) return await checkCluster(await openExport(from), asked);
  if (name === undefined) throw new Failure('Invalid', 'No cluster is named, and no export.', { hint: either });
  return await onCluster(name, options, (cluster, { rollout, probe }) =>
    checkCluster(cluster, asked, { handover: rollout.handover, probe }),
  );
}

/** @param entry what the entry of clusters.yaml asks for; of an export there is none */
async function checkCluster(
  cluster: Cluster,
  asked: Asked,
  entry: Pick<FactsOptions, 'handover' | 'probe'> = {},
): Promise<CheckDocument> {
  const facts = createFacts(cluster, { sample: asked.sample, ...entry });
  const results = await runChecks(facts, { ...asked, live: cluster.live });
  if (results.length === 0) {
    throw new Failure('Invalid', `--only ${asked.only?.join(',')} leaves no check to make.`, {
      hint: 'The category handover is of clusters whose entry in clusters.yaml has rollout.handover: make-before-break, probe of those whose entry has a probe.',
    });
  }
  const sampled = cluster.live ? await sampleOf(facts, results) : undefined;
  return checkDocument(results, {
    ...facts.identity,
    cluster: facts.identity.name,
    source: cluster.live ? 'cluster' : 'export',
    target: asked.target,
    ignoredChecks: asked.ignore,
    sampled,
    docsOf: docsLink,
  });
}

/** How many of the nodes were looked at, where it was not all of them. */
async function sampleOf(facts: ClusterFacts, results: readonly CheckResult[]): Promise<CheckDocument['sampled']> {
  if (!results.some(({ category }) => category === 'kube-proxy' || category === 'calico')) return undefined;
  try {
    const [observed, nodes] = await Promise.all([facts.observedNodes(), facts.nodes()]);
    return observed.length < nodes.length ? { nodes: observed.length, of: nodes.length } : undefined;
  } catch {
    return undefined; // The checks have said already that the nodes could not be read.
  }
}

/** @throws Failure `Invalid` for a category that there is not, or that has no check for this target */
function checkedCategories(words: readonly string[], target: Target): Category[] {
  const only = words.map((word) => {
    const category = categorySchema.safeParse(word);
    if (category.success) return category.data;
    throw new Failure('Invalid', `--only "${word}" is not a category of checks.`, {
      hint: `The categories: ${categories.join(', ')}`,
    });
  });
  if (!checks.some((candidate) => only.includes(candidate.category) && (candidate.target ?? target) === target)) {
    throw new Failure('Invalid', `--only ${only.join(',')} leaves no check to make for --target ${target}.`, {
      hint: 'The category ebpf is of --target ebpf.',
    });
  }
  return only;
}
