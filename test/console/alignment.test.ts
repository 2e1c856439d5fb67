import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPage, startBrowser } from '../support/browser.js';
import { type ConsoleGateway, settle, signIn, startConsoleGateway } from '../support/console.js';
import { createMachine, requestToken } from '../support/machine.js';

/** What on a page stands level with what, and how far from what. */

const opened = new AsyncDisposableStack();
let gateway: ConsoleGateway;
let browser: Awaited<ReturnType<typeof startBrowser>>;
let connectionId: string;
let token: string;
beforeAll(async () => {
  browser = opened.use(await startBrowser());
  gateway = opened.use(await startConsoleGateway());
  const machine = await createMachine(gateway.admin, 'OAUTH', 'billing export');
  token = await requestToken(gateway.url, machine);
  connectionId = machine.connectionId;
});
afterAll(() => opened.disposeAsync());

async function signedIn(path: string, width = 1280, role: 'SUPER_ADMIN' | 'ADMIN' = 'SUPER_ADMIN'): Promise<Page> {
  const { page } = await openPage(browser, { url: gateway.url, width });
  await signIn(page, gateway.link({ subject: 'ada.lovelace@example.com', role }));
  await page.goto(path.replace(':id', connectionId));
  await settle(page);
  return page;
}

async function boxOf(locator: Locator) {
  const box = await locator.boundingBox();
  if (box === null) throw new Error(`${locator} has no box`);
  const { x, y, width, height } = box;
  return { left: Math.round(x), top: Math.round(y), right: Math.round(x + width), bottom: Math.round(y + height) };
}

/** Where the first line of text in an element stands. */
function baselineOf(locator: Locator): Promise<number> {
  return locator.evaluate((element) => {
    const text = element.ownerDocument.createElement('span');
    const mark = element.ownerDocument.createElement('span');
    mark.style.display = 'inline-block';
    text.append(mark, 'x');
    element.prepend(text);
    const { bottom } = mark.getBoundingClientRect();
    text.remove();
    return Math.round(bottom);
  });
}

function styleOf(locator: Locator, property: string): Promise<string> {
  return locator.evaluate(
    (element, name) => element.ownerDocument.defaultView.getComputedStyle(element).getPropertyValue(name),
    property,
  );
}

/** On how many lines the text of an element stands. */
function linesOf(locator: Locator): Promise<number> {
  return locator.evaluate((element) => {
    const range = element.ownerDocument.createRange();
    range.selectNodeContents(element);
    const boxes: { width: number; top: number }[] = [...range.getClientRects()];
    return new Set(boxes.filter(({ width }) => width > 0).map(({ top }) => Math.round(top))).size;
  });
}

/** The edges of what main holds. */
const CONTENT_EDGES = `(() => {
  const main = document.querySelector('main');
  const { left, right } = main.getBoundingClientRect();
  const { paddingLeft, paddingRight } = getComputedStyle(main);
  return [left + parseFloat(paddingLeft), right - parseFloat(paddingRight)];
})()`;

test.each([400, 800, 1280, 1600])('the header begins and ends where the page does, %i px wide', async (width) => {
  const page = await signedIn('', width);
  const product = await boxOf(page.getByText('Latchkey', { exact: true }));
  const account = await boxOf(page.getByRole('button', { name: /^Account of/ }));
  expect([product.left, account.right]).toEqual(await page.evaluate(CONTENT_EDGES));
});

test.each([
  ['account menu', /^Account of/],
  ['menu of a connection', /^Edit connection/],
])('the %s ends where its button does', async (_, name) => {
  const page = await signedIn('connections/:id', 1600);
  const button = page.getByRole('button', { name });
  await button.click();
  const menu = page.getByRole('menu');
  await menu.waitFor();
  expect((await boxOf(menu)).right).toBe((await boxOf(button)).right);
});

describe('a connection’s page', () => {
  test('has names level with their values, and a section’s title with its button', async () => {
    const page = await signedIn('connections/:id');
    const title = page.getByRole('heading', { name: 'Live tokens' });
    expect(await baselineOf(page.getByRole('term').filter({ hasText: 'Client id' }))).toBe(
      await baselineOf(page.locator('dd code', { hasText: /^lkid_/ })),
    );
    expect(await baselineOf(title)).toBe(await baselineOf(page.getByRole('button', { name: 'Revoke all' })));
  });

  test('writes the id of a token in no other weight than a secret', async () => {
    const page = await signedIn('connections/:id');
    const weightOf = (text: RegExp) => styleOf(page.locator('code', { hasText: text }).first(), 'font-weight');
    expect(await weightOf(/^tok_/)).toBe(await weightOf(/^lkcs_/));
  });

  test('wraps no line of code, and has the button above it', async () => {
    const page = await signedIn('connections/:id', 400);
    for (const language of ['curl', 'TypeScript', 'Python']) {
      await page.getByRole('tab', { name: language }).click();
      const sample = page.getByRole('tabpanel', { name: language });
      const code = sample.locator('pre');
      const written = (await code.innerText()).split('\n').filter(Boolean);
      expect([language, await linesOf(code)]).toEqual([language, written.length]);
      const gap = (await boxOf(code)).top - (await boxOf(sample.getByRole('button'))).bottom;
      expect(gap).toBeGreaterThanOrEqual(8);
    }
  });
});

test('a press of Copy moves nothing, and what it says stands in the button, in the font of the page', async () => {
  const page = await signedIn('connections/:id');
  for (const name of ['Copy Client id', 'Copy the command']) {
    const button = page.getByRole('button', { name }).first();
    const frame = button.locator('xpath=../..');
    const before = [await boxOf(button), await boxOf(frame)];
    await button.click();
    const said = frame.getByText('Copied', { exact: true });
    await said.waitFor();
    expect([await boxOf(button), await boxOf(frame)]).toEqual(before);
    const [inner, outer] = [await boxOf(said), await boxOf(button)];
    expect([inner.left > outer.left, inner.right < outer.right]).toEqual([true, true]);
    for (const text of [button, said]) {
      expect(await styleOf(text, 'font-family')).toBe('system-ui, sans-serif');
    }
  }
});

test('a secret’s Copy button ends as far from the frame as the secret begins', async () => {
  const page = await signedIn('connections/new');
  await page.getByLabel('Name of the connection').fill('for its looks');
  await page.getByRole('button', { name: /^Generate/ }).click();
  const secret = page.locator('.secret').last();
  const [frame, code, button] = [
    await boxOf(secret),
    await boxOf(secret.locator('code')),
    await boxOf(secret.getByRole('button')),
  ];
  expect(frame.right - button.right).toBe(code.left - frame.left);
  await secret.getByRole('button').click();
  await secret.getByText('Copied', { exact: true }).waitFor();
  expect(await styleOf(secret.getByText('Copied'), 'font-family')).toBe('system-ui, sans-serif');
});

test.each([
  ['', 'Create Connection', '.hint'],
  ['connections/:id', /^Edit connection/, 'dl'],
])('on a narrow screen the button of /%s has room below it', async (path, name, below) => {
  const page = await signedIn(path, 400);
  const button = page.getByRole('link', { name }).or(page.getByRole('button', { name }));
  const gap = (await boxOf(page.locator('main').locator(below).first())).top - (await boxOf(button)).bottom;
  expect(gap).toBeGreaterThanOrEqual(16);
});

test('what an admin is told has room below it, and is not coloured as a warning', async () => {
  const page = await signedIn('', 1280, 'ADMIN');
  const notice = page.getByText('You see everything and change nothing');
  const gap = (await boxOf(page.getByRole('heading', { level: 1 }))).top - (await boxOf(notice)).bottom;
  expect(gap).toBeGreaterThanOrEqual(16);
  const header = page.getByRole('banner');
  expect(await styleOf(notice, 'background-color')).toBe(await styleOf(header, 'background-color'));
});

test.each(['token', 'refusal'])('what is said of a pasted %s has room above it', async (what) => {
  const page = await signedIn('try-it');
  await page.getByLabel('Access token').fill(what === 'token' ? token : 'x'.repeat(3));
  const button = page.getByRole('button', { name: 'Introspect' });
  await button.click();
  const answer = page.locator('main .status');
  await answer.waitFor();
  expect((await boxOf(answer)).top - (await boxOf(button)).bottom).toBeGreaterThanOrEqual(16);
});

test('in dark an unchecked radio has the ground of a field, not the grey of what is disabled', async () => {
  const { page } = await openPage(browser, { url: gateway.url, colorScheme: 'dark' });
  await signIn(page, gateway.link());
  await page.goto('connections/new');
  const radio = page.getByRole('radio', { name: 'Access key' });
  const colours = [
    await styleOf(radio, 'background-color'),
    await styleOf(page.getByRole('textbox'), 'background-color'),
  ];
  expect([await styleOf(radio, 'appearance'), colours[0]]).toEqual(['none', colours[1]]);
});
