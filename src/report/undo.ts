import type { Report } from '../model/report.ts';
import { sourcesToChange } from '../model/report-facts.ts';
import { html, type Value } from './html.ts';
import { codeBlock, type Section } from './parts.ts';

/** How to go back, in commands that hold the names of this run. */
export function undoSection(report: Report): Section {
  return { id: 'undo', title: 'How to undo it', body: bodyOf(report) };
}

function bodyOf(report: Report): Value {
  const { cluster, outcome, snapshot, plan } = report;
  if (snapshot === undefined) return html`<p>Nothing was written: there is nothing to undo.</p>`;
  const { namespace, name } = snapshot;
  const script = `kubectl -n ${namespace} get configmap ${name} -o jsonpath='{.data.restore\\.sh}'`;
  const saved = html`<p>What was there before is saved in ConfigMap <code>${namespace}/${name}</code> of the cluster. It stays until
<code>proxyshift forget ${cluster}</code> takes it away.</p>`;
  if (outcome === undefined || outcome === 'rollback-stuck') {
    return [
      html`<p>The run is open, and undoes itself:</p>`,
      codeBlock(`proxyshift rollback ${cluster} --as YOU`),
      saved,
    ];
  }
  if (outcome === 'rolled-back' && !plan?.rollback)
    return [html`<p>It has been undone, and compared with what was saved.</p>`, saved];
  return [
    // `rollback` of a run that has ended does not know the way back from eBPF.
    plan?.target !== 'ebpf' && [
      html`<p>By a run of its own, with a plan and an approval:</p>`,
      codeBlock(`proxyshift rollback ${cluster} --snapshot ${name} --as YOU`),
    ],
    html`<p>Without Temporal and without a worker:</p>`,
    codeBlock(`proxyshift restore ${cluster} --snapshot ${name}`),
    html`<p>With <code>kubectl</code> alone; the first command only says what the second one does:</p>`,
    codeBlock(`${script} | DRY_RUN=yes sh`),
    codeBlock(`${script} | sh`),
    sourcesToChange(report).length > 0 &&
      html`<p>What was changed outside of the cluster, so that it stays, has to be changed back as well.</p>`,
    saved,
  ];
}
