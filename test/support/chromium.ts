import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** A headless browser, and what it was unpacked to. */
export interface StartedBrowser extends AsyncDisposable {
  browser: Browser;
}

const named = process.env.PROXYSHIFT_TEST_CHROMIUM;

/** Whether there is a Chromium for this machine: one for Linux on x64 comes with `npm ci`, others have to be named. */
export const hasChromium = Boolean(named) || (process.platform === 'linux' && process.arch === 'x64');
if (!hasChromium)
  console.warn('No Chromium for this machine comes with npm ci: name one with PROXYSHIFT_TEST_CHROMIUM.');

/**
 * Starts the Chromium that a package of npm carries, so that nothing has to be installed beside `npm ci`; or the executable of
 * Chromium or Chrome that `PROXYSHIFT_TEST_CHROMIUM` names.
 */
export async function startChromium(): Promise<StartedBrowser> {
  if (named) return started(await chromium.launch({ executablePath: named, args: ['--no-sandbox'] }));
  const directory = await mkdtemp(join(tmpdir(), 'chromium-'));
  const before = { ...process.env };
  try {
    // It unpacks to the temporary directory, and its own libraries only where it takes the machine for one of Lambda.
    Object.assign(process.env, { TMPDIR: directory, AWS_LAMBDA_JS_RUNTIME: 'nodejs22.x' });
    const { default: carried } = await import('@sparticuz/chromium');
    carried.setGraphicsMode = false;
    const executablePath = await carried.executablePath();
    const env = Object.fromEntries(Object.entries(process.env).filter((pair): pair is [string, string] => !!pair[1]));
    const browser = await chromium.launch({ executablePath, env, args: ['--no-sandbox'] });
    return started(browser, directory);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  } finally {
    for (const key of Object.keys(process.env)) if (!(key in before)) delete process.env[key];
    Object.assign(process.env, before);
  }
}

function started(browser: Browser, directory?: string): StartedBrowser {
  return {
    browser,
    [Symbol.asyncDispose]: async () => {
      await browser.close();
      if (directory !== undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}
