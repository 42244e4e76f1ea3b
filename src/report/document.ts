import type { Report } from '../model/report.ts';
import { withoutControls } from '../model/without-controls.ts';
import { changesSection } from './changes.ts';
import { failureSection, remarksSection } from './failure.ts';
import { blockersSection, warningsSection } from './findings.ts';
import { type Html, html, raw } from './html.ts';
import { type Section, sectionHtml } from './parts.ts';
import { peopleSection } from './people.ts';
import { planSection } from './plan.ts';
import { proofSection } from './proof.ts';
import { sourcesSection } from './sources.ts';
import { style } from './style.ts';
import { timelineSection } from './timeline.ts';
import { trafficSection } from './traffic.ts';
import { undoSection } from './undo.ts';
import { verdict } from './verdict.ts';
import { versionsSection } from './versions.ts';

/** Nothing is loaded and nothing is run, whatever a text of the cluster may hold. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

export interface DocumentOptions {
  /** ms since the epoch: what has not ended lasts until then. */
  now: number;
  /** Of proxyshift. */
  version: string;
}

/** A report as one file of HTML that needs nothing else: for a ticket, a phone, a printer. */
export function reportHtml(unsafe: Report, { now, version }: DocumentOptions): string {
  const report = withoutControls(unsafe);
  const sections = [
    failureSection(report),
    blockersSection(report),
    remarksSection(report),
    sourcesSection(report),
    peopleSection(report),
    planSection(report),
    timelineSection(report, now),
    trafficSection(report),
    changesSection(report),
    proofSection(report),
    warningsSection(report),
    undoSection(report),
    versionsSection(report, { version, at: new Date(now).toISOString() }),
  ].filter((section) => section !== undefined);
  const title = `${report.cluster}: ${report.outcome ?? 'open'}, ${report.startedAt.slice(0, 10)}`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="proxyshift ${version}">
<title>${title}</title>
<style>${raw(style)}</style>
</head>
<body>
${verdict(report, now)}
${contents(sections)}
<main>
${sections.map(sectionHtml)}
</main>
</body>
</html>
`.text;
}

function contents(sections: readonly Section[]): Html {
  return html`<nav aria-label="Contents"><ul>${sections.map(
    ({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`,
  )}</ul></nav>`;
}
