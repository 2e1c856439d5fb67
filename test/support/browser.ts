import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { findBinary } from './programs.js';

/** A busy machine may take this long; the test's own time ends later. */
const PATIENCE_MS = 100_000;

/** Runs in each page, before its own scripts. */
const TELL_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (violation) => {
  console.error('policy: ' + violation.violatedDirective + ' ' + violation.blockedURI);
});`;

/** A browser that ends with its scope. */
export async function startBrowser(): Promise<Browser & AsyncDisposable> {
  const executablePath = findBinary('chromium');
  if (executablePath === undefined) throw new Error('there is no chromium in PATH');
  // Chromium's own sandbox does not run as root, and containers have neither the rights nor the shared memory for it all.
  const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
  const browser = await chromium.launch({ executablePath, args });
  return Object.assign(browser, { [Symbol.asyncDispose]: () => browser.close() });
}

/** A page of a browser profile of its own, and what went wrong on it. */
export interface WatchedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of scripts, and what the content security policy kept from happening. */
  readonly problems: string[];
  /** The addresses that were asked for, but for the gateway's. */
  readonly foreign: string[];
}

interface PageOptions {
  readonly url: string;
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
}

/** Opens a profile without cookies. */
export async function openPage(browser: Browser, options: PageOptions): Promise<WatchedPage> {
  const { url, colorScheme = 'light', width = 1280 } = options;
  const context = await browser.newContext({
    baseURL: `${url}/`,
    colorScheme,
    viewport: { width, height: 800 },
    permissions: ['clipboard-read', 'clipboard-write'],
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(PATIENCE_MS);
  await context.addInitScript(TELL_VIOLATIONS);
  const page = await context.newPage();
  const problems: string[] = [];
  const foreign: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && message.text().startsWith('policy:')) problems.push(message.text());
  });
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin && !/^(blob|data):/.test(request.url())) {
      foreign.push(request.url());
    }
  });
  return { page, context, problems, foreign };
}
