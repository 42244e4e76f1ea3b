import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { renderPlan } from '../../src/cli/render/plan.ts';
import { planFacts } from '../../src/model/plan-fact-list.ts';
import { planMarkdown } from '../../src/model/plan-markdown.ts';
import { reportHtml } from '../../src/report/document.ts';
import { migratedReport } from '../fixtures/reports.ts';
import { ParsedDocument, textOf } from '../support/outline.ts';

const report = migratedReport({ nodes: 12 });
const { plan } = report;
if (plan === undefined) throw new Error('the fixture has no plan');
const facts = planFacts({ ...plan, takeOverLock: 'run 7', ignoredChecks: ['PXS014'] });

describe('what is said of a plan', () => {
  it('is said in the terminal, in Markdown and in HTML', () => {
    const shown = {
      terminal: renderPlan(plan, undefined, pc.createColors(false)).replace(/\s+/g, ' '),
      markdown: planMarkdown(plan, undefined).replaceAll('\\', ''),
      html: textOf(new ParsedDocument(reportHtml(report, { now: 0, version: '1' })).byId('plan')),
    };
    for (const { name, short, value } of planFacts(plan)) {
      expect(shown.terminal, short).toContain(`${short} ${value}`.replace(/\s+/g, ' '));
      expect(shown.markdown, name).toContain(`- **${name}**: ${value}`);
      expect(shown.html, name).toContain(`${name}${value}`);
    }
  });

  it('has names that fit into the column of a terminal, and no two the same', () => {
    expect(facts.filter(({ short }) => short.length > 11)).toEqual([]);
    expect(new Set(facts.map(({ short }) => short)).size).toBe(facts.length);
    expect(new Set(facts.map(({ name }) => name)).size).toBe(facts.length);
  });

  it('marks what an approver must not overlook', () => {
    expect(facts.filter(({ isOdd }) => isOdd).map(({ short, value }) => `${short}: ${value}`)).toEqual([
      'lock: taken over from run 7, said to be gone for good',
      'ignored: PXS014 (found nothing)',
    ]);
  });
});
