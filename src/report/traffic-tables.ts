import type { Traffic } from '../model/probe-report.ts';
import { readableGap } from '../model/readable.ts';
import { isOdd, type NodePath, type PathOnNodes, pathsOnNodes } from '../model/traffic-paths.ts';
import { attemptsCell, pathCells } from '../model/traffic-table.ts';
import { type Html, html, type Value } from './html.ts';
import { count, details } from './parts.ts';

/** Up to here all paths are shown at once. */
const MOST_OPEN = 40;
/** Of more paths so many, those that are odd and the worst of them. */
const MOST_ODD = 20;
/** Of very many paths so many are in the document, the worst ones; the JSON has all of them. */
const MOST_ROWS = 2_000;
/** Of an error so many characters; the JSON has all of it. */
const LONGEST_ERROR = 160;

/** Each path on all nodes, in a line. */
export function everyPath(traffic: Traffic): Html {
  const row = ({ path, nodes, longestGapMs, longestGapAtMostMs, samples, lost, baselineGapMs }: PathOnNodes) => {
    const known = nodes > 0;
    const gap = known ? (longestGapMs > 0 ? readableGap(longestGapMs) : 'none seen') : 'not known';
    const before = baselineGapMs === undefined ? '–' : baselineGapMs > 0 ? readableGap(baselineGapMs) : 'none seen';
    return html`<tr><th scope="row">${path}</th><td>${count(nodes, 'node')}</td><td${
      longestGapMs > 0 && html` class="odd"`
    }>${gap}</td><td>${known ? readableGap(longestGapAtMostMs) : '–'}</td><td>${before}</td><td>${
      path === 'held' ? lost : '–'
    }</td><td>${attemptsCell(samples)}</td></tr>
`;
  };
  return html`<table class="traffic paths"><thead><tr><th scope="col">Path</th><th scope="col">Measured on</th><th scope="col">Longest gap</th><th scope="col">At most</th><th scope="col">Before</th><th scope="col">Lost</th><th scope="col">Ok / failed / unknown</th></tr></thead>
<tbody>${pathsOnNodes(traffic).map(row)}</tbody></table>
`;
}

/** Each path of each node: what is odd is open, and the rest too, where it is little. @param paths the worst first */
export function nodeByNode(paths: readonly NodePath[]): Value {
  const odd = paths.filter(isOdd);
  const title = html`<h3>Node by node</h3>
`;
  if (odd.length > 0 && paths.length <= MOST_OPEN) return [title, table(paths)];
  const shown = paths.slice(0, MOST_ROWS);
  const left = paths.length - shown.length;
  const all =
    left > 0 ? `The worst ${count(shown.length, 'path')} of nodes` : `All ${count(paths.length, 'path')} of nodes`;
  return [
    title,
    odd.length > 0
      ? table(odd.slice(0, MOST_ODD))
      : html`<p>No attempt failed or is not known on any path, and no connection was lost.</p>
`,
    details(all, [
      table(shown),
      left > 0 && html`<p>${count(left, 'more path')}, none with a longer gap; all are in the JSON.</p>`,
    ]),
  ];
}

function table(paths: readonly NodePath[]): Html {
  const row = (path: NodePath): Html => {
    const { node, path: name, longestGap, atMost, failed, lost, attempts, before, why } = pathCells(path);
    return html`<tr><th scope="row">${node}</th><td>${name}</td><td${
      path.longestGapMs > 0 && html` class="odd"`
    }>${longestGap}</td><td>${atMost}</td><td>${before}</td><td>${failed}</td><td>${lost}</td><td>${attempts}${
      why && html`<small>${cut(why)}</small>`
    }</td></tr>
`;
  };
  return html`<table class="traffic by-node"><thead><tr><th scope="col">Node</th><th scope="col">Path</th><th scope="col">Longest gap</th><th scope="col">At most</th><th scope="col">Before</th><th scope="col">Failed</th><th scope="col">Lost</th><th scope="col">Ok / failed / unknown</th></tr></thead>
<tbody>${paths.map(row)}</tbody></table>`;
}

function cut(text: string): string {
  return text.length > LONGEST_ERROR ? `${text.slice(0, LONGEST_ERROR)}…` : text;
}
