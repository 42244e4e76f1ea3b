import { describe, expect, test } from 'vitest';
import { exitCodeFor, summarize } from '../../scripts/ci-summary.ts';

const passed = { fullName: 'a b', status: 'passed' };
const file = { name: `${process.cwd()}/test/a.test.ts`, status: 'passed', assertionResults: [passed] };

describe('the last line of .ci/run', () => {
  test('is a success where tests ran and all passed', () => {
    const summary = summarize({ success: true, testResults: [file, file] });
    expect(summary).toEqual({ passed: 2, failed: [], notRun: 0, success: true });
    expect(exitCodeFor(summary)).toBe(0);
  });

  test('counts a failed test, and names it with its file', () => {
    const assertionResults = [passed, { fullName: 'a c', status: 'failed' }, { fullName: 'a d', status: 'skipped' }];
    const summary = summarize({ success: false, testResults: [{ ...file, status: 'failed', assertionResults }] });
    expect(summary).toEqual({ passed: 1, failed: ['test/a.test.ts: a c'], notRun: 1, success: false });
    expect(exitCodeFor(summary)).toBe(1);
  });

  test('counts a file that could not be imported, though it has no test', () => {
    const broken = { ...file, status: 'failed', message: 'Cannot find module\n at x', assertionResults: [] };
    const summary = summarize({ success: false, testResults: [file, broken] });
    expect(summary.failed).toEqual(['test/a.test.ts: Cannot find module']);
    expect(exitCodeFor(summary)).toBe(1);
  });

  test('is a failure where no test was run', () => {
    expect(exitCodeFor(summarize({ success: true, testResults: [] }))).toBe(1);
  });

  test('is a failure where only vitest itself says so (an unhandled error)', () => {
    expect(exitCodeFor(summarize({ success: false, testResults: [file] }))).toBe(1);
  });

  test('does not take another JSON for a report', () => {
    expect(() => summarize({ numPassedTests: 3 })).toThrow();
  });
});
