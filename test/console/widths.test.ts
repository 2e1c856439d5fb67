import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPage, startBrowser } from '../support/browser.js';
import { type ConsoleGateway, settle, signIn, startConsoleGateway } from '../support/console.js';
import { createMachine, requestToken } from '../support/machine.js';
import { tableRolesOn } from '../support/table-roles.js';

/** What holds of the console's header and tables from a phone to a desk. */

const WIDTHS = [320, 360, 375, 390, 400, 414, 430, 480, 520, 560, 600, 640, 700, 768, 1024];
/** On which each row of a table is a card. */
const NARROW_WIDTHS = [320, 400, 560, 700];
/** A subject of 60 characters. */
const SUBJECT = 'the.administrator.with.the.longest.name@machines.example.com';
/** The page, and the text in one of its rows. */
const TABLES = [
  ['', /lkcs_/],
  ['connections/:id', /tok_/],
  ['audit', /Signed in/],
] as const;

/** The words inside what a selector finds that stand on more than one line, but for the ids. */
const brokenWordsIn = (selector: string) => `(() => {
  const broken = [];
  for (const element of document.querySelectorAll(${JSON.stringify(selector)})) {
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode;
      for (const { index, 0: word } of text.data.matchAll(/\\S+/g)) {
        const range = document.createRange();
        range.setStart(text, index);
        range.setEnd(text, index + word.length);
        const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
        if (lines.size > 1 && !/^(con_|tok_|user:)|@/.test(word)) broken.push(word);
      }
    }
  }
  return broken;
})()`;

/** The links of the navigation that are higher than a line of text and its padding. */
const TALL_LINKS = `[...document.querySelectorAll('nav a')].filter((link) => {
  const { lineHeight, paddingTop, paddingBottom } = getComputedStyle(link);
  return link.offsetHeight > Math.ceil([lineHeight, paddingTop, paddingBottom].map(parseFloat).reduce((a, b) => a + b));
}).map((link) => link.textContent)`;

/** Of each cell of each row: the label before it, where it has one, beside the heading of its column. */
const LABELS = `[...document.querySelectorAll('tbody tr')].map((row) => [...row.cells].map((cell, column) => [
  document.querySelectorAll('thead th')[column].textContent,
  getComputedStyle(cell, '::before').content.match(/^"([^"]*)"/)?.[1],
  cell.checkVisibility() && cell.offsetWidth > 100,
]))`;

const opened = new AsyncDisposableStack();
let gateway: ConsoleGateway;
let connectionId: string;
let browser: Awaited<ReturnType<typeof startBrowser>>;
beforeAll(async () => {
  browser = opened.use(await startBrowser());
  gateway = opened.use(await startConsoleGateway({ LATCHKEY_LIMITS: 'on' }));
  const machine = await createMachine(gateway.admin, 'OAUTH', 'billing export');
  await createMachine(gateway.admin, 'ACCESS_KEY', 'legacy integrations');
  await requestToken(gateway.url, machine);
  connectionId = machine.connectionId;
});
afterAll(() => opened.disposeAsync());

async function signedIn(width: number, subject = SUBJECT): Promise<Page> {
  const { page } = await openPage(browser, { url: gateway.url, width });
  await signIn(page, gateway.link({ subject, role: 'SUPER_ADMIN' }));
  return page;
}

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path.replace(':id', connectionId));
  await settle(page);
}

test.each(['ada', 'the.administrator', 'ada.lovelace@example.com', SUBJECT])(
  'whatever the width, %s sees no link broken, no high header, and no page wider than the screen',
  async (subject) => {
    const page = await signedIn(1280, subject);
    for (const path of ['', 'connections/new', 'connections/:id', 'try-it', 'limits', 'audit']) {
      await open(page, path);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 800 });
        const [tallLinks, headerHeight, pageWidth] = await page.evaluate<[string[], number, number]>(
          `[${TALL_LINKS}, document.querySelector('header').offsetHeight, document.documentElement.scrollWidth]`,
        );
        expect([path, width, tallLinks, headerHeight < 200, pageWidth]).toEqual([path, width, [], true, width]);
      }
    }
  },
);

describe.each(TABLES)('the table of /%s', (path, text) => {
  const shown = async (width: number) => {
    const page = await signedIn(width);
    await open(page, path);
    await page.getByRole('row').filter({ hasText: text }).first().waitFor();
    return page;
  };

  test('breaks no word on a narrow screen but an id', async () => {
    const page = await shown(1280);
    for (const width of NARROW_WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      expect([width, await page.evaluate(brokenWordsIn('table'))]).toEqual([width, []]);
    }
  });

  test('shows on a narrow screen each column of each row, by the name of its heading', async () => {
    const page = await shown(400);
    const rows = await page.evaluate<[string, string | undefined, boolean][][]>(LABELS);
    expect(rows.length).toBeGreaterThan(0);
    for (const [heading, label, isVisible] of rows.flat()) {
      // A button says itself what it does.
      expect([heading, label, isVisible]).toEqual([heading, heading === 'Revoke' ? undefined : heading, true]);
    }
  });

  test('is to assistive technology the same table at any width', async () => {
    const page = await shown(1280);
    const wide = await tableRolesOn(page);
    expect(wide).toEqual(expect.arrayContaining(['table', 'rowgroup', 'row', 'columnheader', 'cell']));
    await page.setViewportSize({ width: 400, height: 800 });
    expect(await tableRolesOn(page)).toEqual(wide);
    // Not every browser keeps the role of what is no table by its display, unless the markup names it.
    const unnamed =
      "[...document.querySelectorAll('table, table :is(thead, tbody, tr, th, td)')].filter(({ role }) => !role)";
    expect(await page.evaluate(`${unnamed}.map(({ tagName }) => tagName)`)).toEqual([]);
  });
});

test('the status’ dot keeps its shape on a narrow screen', async () => {
  const page = await signedIn(320);
  await page.getByRole('row').nth(1).waitFor();
  const sizes = await page.evaluate(`[...document.querySelectorAll('.status')].map((status) => {
    const { width, height } = getComputedStyle(status, '::before');
    return parseFloat(width) - parseFloat(height);
  })`);
  expect(sizes).toEqual([0, 0]);
});

test('at 1280 px the audit log breaks neither an instant nor who did it nor an id', async () => {
  const page = await signedIn(1280);
  await open(page, 'audit');
  await page.getByRole('row').filter({ hasText: SUBJECT }).first().waitFor();
  const lines = await page.evaluate<number[]>(
    `[...document.querySelectorAll('tbody tr')].flatMap(({ cells: [at, actor, , target] }) => [at, actor, target]).map((cell) => {
      const range = document.createRange();
      range.selectNodeContents(cell);
      return new Set([...range.getClientRects()].map(({ bottom }) => Math.round(bottom))).size;
    })`,
  );
  expect(lines.length).toBeGreaterThan(6);
  expect(new Set(lines)).toEqual(new Set([1]));
});
