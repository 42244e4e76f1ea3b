import { adviceOf } from '../../model/advice.ts';
import { type CheckDocument, type CheckedItem, countsLine } from '../../model/check-document.ts';
import type { CheckVerdict } from '../../model/check-result.ts';
import type { Finding } from '../../model/finding.ts';
import { document, fenced, markdownTable, prose, section } from '../../model/markdown.ts';
import { someOf } from '../../model/some-of.ts';
import { remarks } from './check-summary.ts';

/** Objects that are named below a finding; the JSON has them all. */
const MOST_OBJECTS = 10;

/** For a ticket: the result, what has to be done by severity, and every check with its evidence. */
export function checkMarkdown(checked: CheckDocument): string {
  const { cluster, uid, target, categories, counts } = checked;
  const checks = categories.flatMap((category) => category.checks);
  const withVerdict = (...wanted: CheckVerdict[]) =>
    checks.filter(({ result }) => wanted.includes(result)).flatMap(checkLines);
  return document([
    `# Preflight checks: ${cluster} to ${target}`,
    '',
    `**${verdictOf(checked)}**: ${countsLine(counts)}`,
    '',
    ...(uid ? [`- kube-system uid \`${uid}\``] : []),
    ...remarks(checked).map((remark) => `- ${prose(remark)}`),
    ...section('Blockers', withVerdict('blocker')),
    ...section('Not known', withVerdict('unknown')),
    ...section('Warnings', withVerdict('warning')),
    ...section('Notes', withVerdict('note')),
    ...section(
      'Every check',
      markdownTable(
        ['Category', 'Check', 'Result', 'Seen'],
        categories.flatMap(({ categoryName, checks: own }) =>
          own.map(({ code, title, result, saw = '' }) => [categoryName, prose(`${code} ${title}`), result, prose(saw)]),
        ),
      ),
    ),
  ]);
}

function verdictOf({ exitCode }: CheckDocument): string {
  return { 0: 'Nothing is in the way', 1: 'Blocked', 2: 'Not everything could be looked at' }[exitCode];
}

function checkLines({ code, title, saw, findings, docs }: CheckedItem): string[] {
  return [
    '',
    `### ${code} ${prose(title)}`,
    ...(saw ? ['', `Seen: ${prose(saw)}`] : []),
    ...findings.flatMap(findingLines),
    ...(docs.startsWith('https:') ? ['', `[What this is about](${docs})`] : []),
  ];
}

function findingLines(finding: Finding): string[] {
  const { severity, message, objects, ignored } = finding;
  const { fix, command } = adviceOf(finding);
  return [
    '',
    `**${ignored ? 'blocker, ignored' : severity}**: ${prose(message)}`,
    ...(objects.length > 0 ? ['', `Objects: ${prose(someOf(objects, MOST_OBJECTS).join(', '))}`] : []),
    ...(fix ? ['', prose(fix)] : []),
    ...(command ? ['', ...fenced('sh', command)] : []),
  ];
}
