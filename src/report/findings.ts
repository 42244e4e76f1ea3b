import { adviceOf } from '../model/advice.ts';
import type { Finding } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import { someOf } from '../model/some-of.ts';
import { type Html, html } from './html.ts';
import { codeBlock, count, details, type Section } from './parts.ts';

/** A finding names so many objects; the JSON has more. */
const MOST_OBJECTS = 20;

/** What stands in the way of a run that was blocked. */
export function blockersSection({ findings }: Report): Section | undefined {
  const found = findings.filter(({ severity }) => severity === 'blocker');
  return found.length === 0 ? undefined : { id: 'blockers', title: 'What is in the way', body: found.map(item) };
}

/** Warnings that the approval accepted, and the notes beside them. */
export function warningsSection({ findings, messages }: Report): Section | undefined {
  const warnings = findings.filter(({ severity }) => severity === 'warning');
  const notes = findings.filter(({ severity }) => severity === 'note');
  if (warnings.length + notes.length === 0) return undefined;
  const approved = messages.some(({ message }) => message === 'approve');
  return {
    id: 'warnings',
    title: approved ? 'Warnings accepted' : 'Warnings',
    body: [
      warnings.length === 0 ? html`<p>None.</p>` : warnings.map(item),
      notes.length > 0 && details(count(notes.length, 'note'), notes.map(item)),
    ],
  };
}

function item(finding: Finding): Html {
  const { code, message, objects, ignored, severity } = finding;
  const { fix, command } = adviceOf(finding);
  return html`<article class="finding ${severity}"><p><strong>${code}</strong> ${message}.</p>
${ignored && html`<p>A blocker, set aside by the requester.</p>`}
${objects.length > 0 && html`<p class="objects">${someOf(objects, MOST_OBJECTS).join(', ')}</p>`}
${fix && html`<p>To do: ${fix}</p>`}${command && codeBlock(command)}</article>
`;
}
