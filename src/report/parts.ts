import { type Html, html, type Value } from './html.ts';

/** A part of the document with a heading of the second level; nothing where there is nothing in it. */
export interface Section {
  /** Anchor. */
  id: string;
  title: string;
  body: Value;
}

export function sectionHtml({ id, title, body }: Section): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${body}
</section>
`;
}

/** Names with their values. Those without a value are left out. */
export function factList(facts: readonly (readonly [name: string, value: Value])[]): Html {
  const given = facts.filter(([, value]) => value !== undefined && value !== '' && value !== false);
  return html`<dl class="facts">${given.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** What is long stays closed on a screen, and is open in print. */
export function details(summary: Value, body: Value): Html {
  return html`<details><summary>${summary}</summary>
${body}
</details>`;
}

/** Something to be pasted into a terminal, or to be written into a file. */
export function codeBlock(text: string): Html {
  return html`<pre><code>${text}</code></pre>`;
}

export function list(items: readonly Value[]): Html {
  return html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;
}

/** An instant, in UTC to the second. */
export function instant(at: string): Html {
  return html`<time datetime="${at}">${dateOf(at)} ${clockOf(at)} UTC</time>`;
}

/** How to tell a time of a run, in UTC: its clock, with the day where it took more than one. */
export function clockFor({
  startedAt,
  endedAt,
}: {
  startedAt: string;
  endedAt?: string | undefined;
}): (at: string) => string {
  const oneDay = endedAt !== undefined && dateOf(startedAt) === dateOf(endedAt);
  return (at) => (oneDay ? clockOf(at) : `${dateOf(at).slice(5)} ${clockOf(at)}`);
}

/** `10:00:03`, in UTC. */
export function clockOf(at: string): string {
  return new Date(at).toISOString().slice(11, 19);
}

/** `2026-03-04`, in UTC. */
export function dateOf(at: string): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** `1 node`, `12 nodes`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}
