import type { Plan } from '../model/plan.ts';
import type { Report } from '../model/report.ts';
import { html } from './html.ts';
import { count, factList, instant, list, type Section } from './parts.ts';

/** What all of this was seen with, and where the record of the run is. */
export function versionsSection(report: Report, made: { version: string; at: string }): Section {
  const { plan, workflowId, runId, reportVersion } = report;
  return {
    id: 'versions',
    title: 'Versions and where the record is',
    body: factList([
      ['Kubernetes', plan?.cluster.kubernetesVersion],
      ['Calico', plan?.calico?.version ?? plan?.ebpf?.version],
      ['Tigera operator', plan?.ebpf?.operatorVersion],
      ['Kernels', plan && plan.nodes.length > 0 && list(kernels(plan))],
      ['uid of kube-system', plan && html`<code>${plan.cluster.uid}</code>`],
      ['Temporal', html`workflow <code>${workflowId}</code>, run <code>${runId}</code>`],
      [
        'This document',
        html`by proxyshift ${made.version}, ${instant(made.at)}, of a report of version ${reportVersion}`,
      ],
    ]),
  };
}

function kernels({ nodes }: Plan): string[] {
  const numbers = new Map<string, number>();
  for (const { kernel, names } of nodes) numbers.set(kernel, (numbers.get(kernel) ?? 0) + names.length);
  return [...numbers].map(([kernel, number]) => `${kernel || 'not known'} on ${count(number, 'node')}`);
}
