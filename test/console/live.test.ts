import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RenameConnectionDocument } from '../generated/graphql.js';
import { openPage, startBrowser, type WatchedPage } from '../support/browser.js';
import { type ConsoleGateway, signIn, startConsoleGateway } from '../support/console.js';
import { createMachine } from '../support/machine.js';
import { until } from '../support/until.js';

/** What others' changes do to a page that somebody works on. */

const opened = new AsyncDisposableStack();
let gateway: ConsoleGateway;
let browser: Awaited<ReturnType<typeof startBrowser>>;
beforeAll(async () => {
  browser = opened.use(await startBrowser());
  gateway = opened.use(await startConsoleGateway());
});
afterAll(() => opened.disposeAsync());

async function signedIn(): Promise<WatchedPage> {
  const watched = await openPage(browser, { url: gateway.url });
  await signIn(watched.page, gateway.link());
  return watched;
}

function show(page: Page, state: 'hidden' | 'visible'): Promise<unknown> {
  return page.evaluate(`Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));`);
}

describe('on a connection’s page', () => {
  test('a new secret stays where the page cannot look at the connection anew', async () => {
    const { connectionId: id } = await createMachine(gateway.admin, 'OAUTH', 'with a new secret');
    const { page } = await signedIn();
    await page.goto(`connections/${id}`);
    await page.getByRole('button', { name: /^Edit connection/ }).click();
    await page.getByRole('menuitem', { name: 'Re-Generate OAuth Credentials' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Re-Generate', exact: true }).click();
    const secret = page.locator('code', { hasText: /^lkcs_\w{40}/ });
    await secret.first().waitFor();
    const failed: unknown[] = [];
    await page.route('**/graphql', async (route) => {
      if (!route.request().postData()?.includes('query Connection(')) return route.continue();
      await route.abort('connectionreset');
      failed.push(route);
    });
    await gateway.admin.run(RenameConnectionDocument, { id, name: 'renamed by another admin' });
    await until('a look has failed', () => failed.length > 0);
    await page.unroute('**/graphql');
    // The page is at rest again when it has heard of the next change.
    await gateway.admin.run(RenameConnectionDocument, { id, name: 'renamed again' });
    await page.getByRole('heading', { level: 1, name: 'renamed again', exact: true }).waitFor();

    expect(await secret.count()).toBe(1);
  });
});

test('a page that somebody left asks nothing by itself, until somebody is there again', async () => {
  const { connectionId: id } = await createMachine(gateway.admin, 'OAUTH', 'left open');
  const { page } = await openPage(browser, { url: gateway.url });
  await page.clock.install();
  await signIn(page, gateway.link());
  await page.goto(`connections/${id}`);
  await page.getByRole('heading', { level: 1, name: 'left open', exact: true }).waitFor();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.postData()?.match(/(?:query|subscription) \w+/)?.[0] ?? ''));
  await page.clock.runFor(10_000);
  await until('it asks for tokens', () => asked.includes('query ConnectionTokens'));
  await page.clock.runFor(5 * 60_000);
  asked.length = 0;
  await page.clock.runFor(60_000);
  await gateway.admin.run(RenameConnectionDocument, { id, name: 'renamed meanwhile' });
  await page.clock.runFor(60_000);
  expect(asked).toEqual([]);

  await page.mouse.move(10, 10);
  await page.getByRole('heading', { level: 1, name: 'renamed meanwhile', exact: true }).waitFor();
});

test('a session that ended while the page was out of view is told when it is in view again', async () => {
  const { page, context } = await signedIn();
  const left = page.waitForEvent('requestfailed', (request) => request.headers().accept === 'text/event-stream');
  await show(page, 'hidden');
  await left;
  const other = await context.newPage();
  await other.goto('');
  await other.getByRole('button', { name: /^Account of/ }).click();
  await other.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
  await other.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  await show(page, 'visible');

  await page.getByRole('dialog', { name: 'Your session has ended' }).waitFor();
});
