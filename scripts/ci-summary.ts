/**
 * Sums up vitest's JSON report: lists what failed, then prints `N passed, N failed` as the last line. Exits with 1
 * where anything failed, where there was no test at all, and where there is no report.
 *
 *     node scripts/ci-summary.ts REPORT.json
 */
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { z } from 'zod';

/** The part of vitest's JSON report (made after Jest's) that counts. */
const reportSchema = z.object({
  success: z.boolean(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

export interface Summary {
  passed: number;
  /** One line each: file and test, or a file that could not be run. */
  failed: string[];
  /** Skipped and to-do. */
  notRun: number;
  /** Whether vitest itself calls the run a success: errors outside of tests are in no test's result. */
  success: boolean;
}

/** @throws ZodError where this is not a report of vitest */
export function summarize(report: unknown): Summary {
  const { success, testResults } = reportSchema.parse(report);
  const summary: Summary = { passed: 0, failed: [], notRun: 0, success };
  for (const { name, status, message, assertionResults } of testResults) {
    const file = relative(process.cwd(), name);
    const failed = assertionResults.filter((test) => test.status === 'failed');
    summary.failed.push(...failed.map((test) => `${file}: ${test.fullName}`));
    // A file whose imports or hooks throw has no failed test of its own.
    if (status === 'failed' && failed.length === 0) {
      summary.failed.push(`${file}: ${message?.split('\n')[0] || 'could not be run'}`);
    }
    const passed = assertionResults.filter((test) => test.status === 'passed').length;
    summary.passed += passed;
    summary.notRun += assertionResults.length - passed - failed.length;
  }
  return summary;
}

/** The exit code for a summary. */
export function exitCodeFor({ passed, failed, success }: Summary): number {
  return success && failed.length === 0 && passed > 0 ? 0 : 1;
}

async function main(path: string | undefined): Promise<void> {
  if (path === undefined) throw new Error('usage: node scripts/ci-summary.ts REPORT.json');
  const summary = summarize(JSON.parse(await readFile(path, 'utf8')));
  for (const line of summary.failed) console.log(`failed: ${line}`);
  if (summary.notRun > 0) console.log(`${summary.notRun} skipped or to do`);
  if (!summary.success && summary.failed.length === 0) console.log('vitest reports an error outside of the tests');
  if (summary.passed === 0 && summary.failed.length === 0) console.log('no test was run');
  console.log(`${summary.passed} passed, ${summary.failed.length} failed`);
  process.exitCode = exitCodeFor(summary);
}

if (import.meta.main) {
  try {
    await main(process.argv[2]);
  } catch (error) {
    // No report: vitest ended before it could write one.
    console.error(`no test results: ${error instanceof Error ? error.message : String(error)}`);
    console.log('0 passed, 1 failed');
    process.exitCode = 1;
  }
}
