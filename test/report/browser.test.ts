import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportHtml } from '../../src/report/document.ts';
import { rolledBack } from '../cli/fixtures.ts';
import { lossyReport, manyLossesReport } from '../fixtures/measured-reports.ts';
import { hostileReport, migratedReport } from '../fixtures/reports.ts';
import { hasChromium, type StartedBrowser, startChromium } from '../support/chromium.ts';

const reports = {
  'twelve nodes': migratedReport({ nodes: 12 }),
  'a thousand nodes': migratedReport({
    nodes: 1_000,
    waveSize: 25,
    nameOf: (index) => `ip-10-0-${index}.eu-central-1.compute.internal`,
  }),
  'a run that was rolled back': rolledBack,
  'nodes that have lost traffic': lossyReport(),
  'many nodes that have lost traffic on every path': manyLossesReport(60),
  'a hostile cluster': hostileReport(),
};
const now = Date.parse('2026-03-05T08:00:00.000Z');

let directory: string;
let started: StartedBrowser;
let context: BrowserContext;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'report-'));
  if (!hasChromium) return;
  started = await startChromium();
  context = await started.browser.newContext();
  for (const [name, report] of Object.entries(reports))
    await writeFile(fileOf(name), reportHtml(report, { now, version: '1.2.3' }));
});
afterAll(async () => {
  await started?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

function fileOf(name: string): string {
  return join(directory, `${name}.html`);
}

/** A page that has loaded a report, and everything that it has complained of or asked for beside its own file. */
async function open(name: string, { width = 1_400, colorScheme = 'light' as 'light' | 'dark' } = {}) {
  const page = await context.newPage();
  const trouble: string[] = [];
  page.on('console', (message) => trouble.push(message.text()));
  page.on('pageerror', (error) => trouble.push(error.message));
  page.on('dialog', (dialog) => trouble.push(dialog.message()));
  page.on('request', (request) => {
    if (request.url() !== pathToFileURL(fileOf(name)).href) trouble.push(request.url());
  });
  await page.setViewportSize({ width, height: 900 });
  await page.emulateMedia({ colorScheme });
  await page.goto(pathToFileURL(fileOf(name)).href);
  return { page, trouble };
}

/** What an accessibility engine finds: rule, and the first elements that break it. */
async function violationsOn(page: Page): Promise<string[]> {
  await page.evaluate('for (const closed of document.querySelectorAll("details")) closed.open = true');
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .slice(0, 3)
        .map(({ html, failureSummary }) => `${html} ${failureSummary}`)
        .join('; ')}`,
  );
}

const widths = [390, 820, 1_400];
const schemes = ['light', 'dark'] as const;

describe.runIf(hasChromium).each(Object.keys(reports))('a report of %s in a browser', (name) => {
  it.each(widths.flatMap((width) => schemes.map((colorScheme) => ({ width, colorScheme }))))(
    'can be read by everybody, $width px wide, $colorScheme',
    async ({ width, colorScheme }) => {
      const { page, trouble } = await open(name, { width, colorScheme });
      expect(await violationsOn(page)).toEqual([]);
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      expect(trouble).toEqual([]);
      await page.close();
    },
  );
});

describe.runIf(hasChromium)('a report', () => {
  it('has one drawing for each width, whose bars are there', async () => {
    for (const [width, shown, hidden] of [
      [1_400, '.plot.wide', '.plot.narrow'],
      [390, '.plot.narrow', '.plot.wide'],
    ] as const) {
      const { page } = await open('twelve nodes', { width });
      expect(await page.locator(shown).isVisible()).toBe(true);
      expect(await page.locator(hidden).isVisible()).toBe(false);
      const colours = await page.evaluate<string[]>(
        `[...document.querySelectorAll('${shown} svg path')].map((path) => getComputedStyle(path).fill)`,
      );
      expect(colours.filter((colour) => colour === 'rgb(47, 109, 181)').length).toBeGreaterThanOrEqual(12);
      await page.close();
    }
  });

  it('takes other colours on a dark page, and on paper those of a light one', async () => {
    const { page } = await open('twelve nodes', { colorScheme: 'dark' });
    const background = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(await background()).toBe('rgb(18, 22, 27)');
    await page.emulateMedia({ colorScheme: 'dark', media: 'print' });
    expect(await background()).toBe('rgb(255, 255, 255)');
    await page.close();
  });

  it('opens on paper what is closed on a screen', async () => {
    const { page } = await open('a thousand nodes');
    const isShown = () =>
      page.evaluate<boolean>(
        "[...document.querySelectorAll('#proof details tr')].at(-1).checkVisibility({ contentVisibilityAuto: true })",
      );
    expect(await isShown()).toBe(false);
    await page.emulateMedia({ media: 'print' });
    // What is skipped is decided with the next frame.
    await expect.poll(isShown).toBe(true);
    await page.close();
  });

  it('runs no script, not even one that was put into it', async () => {
    const file = fileOf('tampered');
    const text = reportHtml(reports['twelve nodes'], { now, version: '1' });
    await writeFile(file, text.replace('<main>', '<main><script>document.title = "run"</script>'));
    const page = await context.newPage();
    await page.goto(pathToFileURL(file).href);
    expect(await page.title()).toContain('production: migrated');
    await page.close();
  });
});
