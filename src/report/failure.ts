import type { Report } from '../model/report.ts';
import { html, type Value } from './html.ts';
import { codeBlock, count, details, type Section } from './parts.ts';

/** So many nodes are shown at once with what their kube-proxy said. */
const MOST_OPEN = 10;

/** The first failure, and the nodes that it names. */
export function failureSection({ failure }: Report): Section | undefined {
  if (failure === undefined) return undefined;
  const { kind, message, object, nodes = [], hint } = failure;
  return {
    id: 'failure',
    title: 'What failed',
    body: [
      html`<p><strong>${kind}</strong>: ${message}</p>`,
      object && html`<p>Object: <code>${object}</code></p>`,
      hint && html`<p>${hint}</p>`,
      stragglers(nodes),
    ],
  };
}

/** What is left for a person: nodes that the run went on without, and remarks. */
export function remarksSection({ leftBehind, remarks }: Report): Section | undefined {
  if (leftBehind.length + remarks.length === 0) return undefined;
  return {
    id: 'remarks',
    title: 'What is left to know',
    body: [
      remarks.length > 0 && html`<ul>${remarks.map((remark) => html`<li>${remark}</li>`)}</ul>`,
      leftBehind.length > 0 && html`<h3>Nodes left behind</h3>`,
      stragglers(leftBehind),
    ],
  };
}

function stragglers(nodes: NonNullable<NonNullable<Report['failure']>['nodes']>): Value {
  const items = nodes.map(
    ({ node, why, lastLines }) => html`<p><strong>${node}</strong>: ${why}</p>${
      lastLines.length > 0 && codeBlock(lastLines.join('\n'))
    }
`,
  );
  if (items.length <= MOST_OPEN) return items;
  return [
    items.slice(0, MOST_OPEN),
    details(`${count(items.length - MOST_OPEN, 'more node')}`, items.slice(MOST_OPEN)),
  ];
}
