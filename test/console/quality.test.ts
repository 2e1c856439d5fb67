import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPage, startBrowser } from '../support/browser.js';
import { type ConsoleGateway, settle, signIn, startConsoleGateway } from '../support/console.js';
import { createMachine, requestToken } from '../support/machine.js';

/** What holds on each page of the console, in either colour scheme and at any width. */

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** How far what was shown has moved since, by the sum that Core Web Vitals know. */
const LAYOUT_SHIFT = `new Promise((resolve) => {
  const sumUp = (list) => resolve(list.getEntries().reduce((sum, { value }) => sum + value, 0));
  new PerformanceObserver(sumUp).observe({ type: 'layout-shift', buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => resolve(0)));
})`;
const NAME_OF_FOCUSED = `document.activeElement.ariaLabel
  ?? document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent`;
const PAGES = ['', 'connections/new', 'connections/:id', 'try-it', 'limits', 'audit'];

const opened = new AsyncDisposableStack();
let gateway: ConsoleGateway;
let browser: Awaited<ReturnType<typeof startBrowser>>;
let connectionId: string;
beforeAll(async () => {
  browser = opened.use(await startBrowser());
  gateway = opened.use(await startConsoleGateway({ LATCHKEY_LIMITS: 'on' }));
  const machine = await createMachine(
    gateway.admin,
    'OAUTH',
    'a connection with a name that is as long as names may be, W'.padEnd(100, 'W'),
  );
  await createMachine(gateway.admin, 'ACCESS_KEY', 'key');
  await requestToken(gateway.url, machine);
  connectionId = machine.connectionId;
});
afterAll(() => opened.disposeAsync());

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path.replace(':id', connectionId));
  await settle(page);
}

/** The rules of WCAG 2.2 AA that a page breaks, and where. */
async function violationsOn(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<AxeResults>(`axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  })`);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

test.each([
  ['light', 320],
  ['light', 1280],
  ['dark', 320],
  ['dark', 1280],
] as const)(
  'in %s no page %i px wide breaks a rule of WCAG 2.2 AA, or the content security policy, or is wider than that',
  async (colorScheme, width) => {
    const { page, problems, foreign } = await openPage(browser, { url: gateway.url, colorScheme, width });
    await page.goto('');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await violationsOn(page)).toEqual([]);
    await signIn(page, gateway.link());
    for (const path of PAGES) {
      await open(page, path);
      expect([path, await violationsOn(page)]).toEqual([path, []]);
      expect([path, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([path, width]);
    }
    expect([problems, foreign]).toEqual([[], []]);
  },
);

test.each(['light', 'dark'] as const)('nor in %s a menu, dialog or refusal', async (colorScheme) => {
  const { page } = await openPage(browser, { url: gateway.url, colorScheme });
  await signIn(page, gateway.link());
  await open(page, 'connections/:id');
  await page.getByRole('button', { name: /^Edit connection/ }).click();
  expect(await violationsOn(page)).toEqual([]);
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('dialog').waitFor();
  expect(await violationsOn(page)).toEqual([]);
  await open(page, 'connections/new');
  await page.getByLabel('Name of the connection').fill('KEY');
  expect(await violationsOn(page)).toEqual([]);
});

test('nothing on a page moves once it is there', async () => {
  const { page } = await openPage(browser, { url: gateway.url });
  await signIn(page, gateway.link());
  for (const path of PAGES) {
    await open(page, path);
    const shift = await page.evaluate<number>(LAYOUT_SHIFT);
    // What the Core Web Vitals call good.
    expect([path, shift < 0.1]).toEqual([path, true]);
  }
});

test('a connection is created, and its menu used, by the keyboard alone', async () => {
  const { page } = await openPage(browser, { url: gateway.url });
  await signIn(page, gateway.link());
  const tabTo = async (name: string | RegExp) => {
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate<string>(NAME_OF_FOCUSED);
      if (typeof name === 'string' ? focused === name : name.test(focused)) return;
    }
    throw new Error(`no way to ${name} by Tab`);
  };
  await tabTo('Create Connection');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Create Connection' }).waitFor();
  await tabTo('Name of the connection');
  await page.keyboard.type('by keyboard');
  await page.keyboard.press('Enter');
  await tabTo('Copy Client secret');
  await page.keyboard.press('Enter');
  await page.getByText('Copied', { exact: true }).waitFor();
  await tabTo('Done');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'by keyboard' }).waitFor();
  await tabTo(/^Edit connection/);
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Escape');
  await page.getByRole('menu').waitFor({ state: 'hidden' });
  expect(await page.evaluate('document.activeElement.ariaLabel')).toMatch(/^Edit connection/);
});
