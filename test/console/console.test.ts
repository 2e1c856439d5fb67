import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DeleteConnectionDocument, DisableConnectionDocument, RenameConnectionDocument } from '../generated/graphql.js';
import { openPage, startBrowser, type WatchedPage } from '../support/browser.js';
import {
  type ConsoleGateway,
  copySecret,
  createConnection,
  fillConnectionForm,
  signIn,
  startConsoleGateway,
} from '../support/console.js';
import { freePort } from '../support/free-port.js';
import { createMachine, isActive, requestToken } from '../support/machine.js';
import { startNginx } from '../support/nginx.js';

/** What admins do in the console, in a real browser, on a gateway as users start it. */

const opened = new AsyncDisposableStack();
let gateway: ConsoleGateway;
let browser: Awaited<ReturnType<typeof startBrowser>>;
beforeAll(async () => {
  browser = opened.use(await startBrowser());
  gateway = opened.use(await startConsoleGateway());
});
afterAll(() => opened.disposeAsync());

async function signedIn(user?: { subject: string; role: 'SUPER_ADMIN' | 'ADMIN' }): Promise<WatchedPage> {
  const watched = await openPage(browser, { url: gateway.url });
  await signIn(watched.page, gateway.link(user));
  return watched;
}

function heading(page: Page, name: string): Promise<void> {
  return page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
}

describe('without a session', () => {
  test('every page says how to sign in', async () => {
    const { page, problems } = await openPage(browser, { url: gateway.url });
    for (const path of ['', 'connections/new', 'connections/con_x', 'try-it', 'limits', 'audit']) {
      await page.goto(path);
      await heading(page, 'Sign in');
    }
    expect(await page.locator('code').textContent()).toBe('npm run --silent latchkey -- sign-in');
    expect(problems).toEqual([]);
  });

  test('a link leads to the console, and its address keeps nothing of the code', async () => {
    const { page } = await signedIn();
    expect(page.url()).toBe(`${gateway.url}/`);
    expect(await page.evaluate('document.cookie')).toBe('');
  });
});

describe('a super admin', () => {
  test('creates a connection, copies its secret, gets a token with it, and sees the token', async () => {
    const { page, problems, foreign } = await signedIn();
    const { clientId, secret } = await createConnection(page, 'billing');
    await copySecret(page);
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(secret);
    await page.getByRole('button', { name: 'Done' }).click();
    await heading(page, 'billing');
    expect(await page.content()).not.toContain(secret);

    const token = await requestToken(gateway.url, { clientId, secret, connectionId: '' });
    await page.locator('code', { hasText: /^tok_/ }).waitFor();
    expect(await page.content()).not.toContain(token);
    expect([problems, foreign]).toEqual([[], []]);
  });

  test('is asked before leaving a secret that was not copied', async () => {
    const { page } = await signedIn();
    await createConnection(page, 'hasty');
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('dialog', { name: 'You have not copied the secret' }).waitFor();
    await page.getByRole('button', { name: 'Go back' }).click();
    await copySecret(page);
    await page.getByRole('button', { name: 'Done' }).click();
    await heading(page, 'hasty');
  });

  test('is told of a taken name while typing', async () => {
    const { page } = await signedIn();
    await createMachine(gateway.admin, 'OAUTH', 'Taken Name');
    await fillConnectionForm(page, ' taken   name ');
    await page.getByText('Another connection has this name').waitFor();
  });

  test('renames, disables, enables, regenerates, resets and deletes', async () => {
    const { page, problems } = await signedIn();
    const { secret } = await createConnection(page, 'to be changed');
    await copySecret(page);
    await page.getByRole('button', { name: 'Done' }).click();
    await heading(page, 'to be changed');
    const choose = async (item: string, confirm: string, before?: () => Promise<void>) => {
      await page.getByRole('button', { name: /^Edit connection/ }).click();
      await page.getByRole('menuitem', { name: item }).click();
      const dialog = page.getByRole('dialog');
      await dialog.waitFor();
      await before?.();
      await dialog.getByRole('button', { name: confirm, exact: true }).click();
      await dialog.waitFor({ state: 'detached' });
    };
    const showsSecret = async () => {
      const shown = (await page.locator('code', { hasText: /^lkcs_\w{40}/ }).textContent()) ?? '';
      await copySecret(page);
      await page.getByRole('button', { name: 'Done' }).click();
      return shown;
    };

    await choose('Rename', 'Rename', () =>
      page.getByRole('dialog').getByLabel('Name of the connection').fill('changed'),
    );
    await heading(page, 'changed');
    await choose('Disable', 'Disable');
    await page.getByText('Disabled', { exact: true }).waitFor();
    await choose('Enable', 'Enable');
    await page.getByText('Active', { exact: true }).waitFor();
    await choose('Re-Generate OAuth Credentials', 'Re-Generate');
    const second = await showsSecret();
    await choose('Reset after a leak', 'Reset');
    const third = await showsSecret();
    expect(new Set([secret, second, third]).size).toBe(3);
    await choose('Delete', 'Delete', () => page.getByRole('dialog').getByRole('textbox').fill('changed'));
    await heading(page, 'Connections');
    await page.getByRole('link', { name: 'changed', exact: true }).waitFor({ state: 'detached' });
    expect(problems).toEqual([]);
  });

  test('deletes nothing before the name is typed', async () => {
    const { page } = await signedIn();
    const { connectionId } = await createMachine(gateway.admin, 'OAUTH', 'to stay');
    await page.goto(`connections/${connectionId}`);
    await page.getByRole('button', { name: /^Edit connection/ }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').fill('to sta');
    expect(await dialog.getByRole('button', { name: 'Delete' }).getAttribute('aria-disabled')).toBe('true');
    await dialog.getByRole('textbox').press('Enter');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await page.reload();
    await heading(page, 'to stay');
  });

  test('asks what a token is, and finds it revoked after all of its connection’s were', async () => {
    const { page } = await signedIn();
    const machine = await createMachine(gateway.admin, 'OAUTH', 'to be asked about');
    const token = await requestToken(gateway.url, machine);
    const ask = async () => {
      await page.getByRole('navigation').getByRole('link', { name: 'Try it' }).click();
      await page.getByLabel('Access token').fill(token);
      await page.getByRole('button', { name: 'Introspect' }).click();
    };
    await ask();
    await page.getByText('Active', { exact: true }).waitFor();
    expect(page.url()).not.toContain(token);
    await page.getByRole('link', { name: 'to be asked about' }).click();
    await page.getByRole('button', { name: 'Revoke all' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke all' }).click();
    await page.getByText('No token is live.').waitFor();
    await ask();
    await page.getByText(/^Not active/).waitFor();
  });

  test('revokes one live token, and no other', async () => {
    const machine = await createMachine(gateway.admin, 'OAUTH', 'with two tokens');
    const tokens = [await requestToken(gateway.url, machine), await requestToken(gateway.url, machine)];
    const { page } = await signedIn();
    await page.goto(`connections/${machine.connectionId}`);
    const rows = page.getByRole('row').filter({ hasText: /tok_/ });
    await rows.nth(1).waitFor();
    await rows
      .first()
      .getByRole('button', { name: /^Revoke tok_/ })
      .click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
    await rows.nth(1).waitFor({ state: 'detached' });
    const live = await Promise.all(tokens.map((token) => isActive(gateway.url, machine, token)));
    expect(live.filter(Boolean)).toHaveLength(1);
  });

  test('reads in the audit log who did what', async () => {
    const { page } = await signedIn({ subject: 'ada', role: 'SUPER_ADMIN' });
    await createConnection(page, 'recorded');
    await copySecret(page);
    await page.getByRole('navigation').getByRole('link', { name: 'Audit' }).click();
    const row = page.getByRole('row').filter({ hasText: 'Created a connection' }).first();
    expect(await row.textContent()).toContain('user:ada');
    await page.getByRole('row').filter({ hasText: 'Signed in' }).first().waitFor();
  });

  test('signs out, and is asked to sign in again', async () => {
    const { page, context } = await signedIn();
    const cookies = await context.cookies();
    await page.getByRole('button', { name: /^Account of/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
    await heading(page, 'Sign in');
    expect(await context.cookies()).toEqual([]);
    await context.addCookies(cookies);
    await page.reload();
    await heading(page, 'Sign in');
  });
});

describe('an admin', () => {
  test('sees what a super admin sees, without the buttons, and reads why', async () => {
    const { connectionId } = await createMachine(gateway.admin, 'OAUTH', 'seen by all');
    const { page } = await signedIn({ subject: 'grace', role: 'ADMIN' });
    await page.getByText('You see everything and change nothing').waitFor();
    expect(await page.getByRole('link', { name: 'Create Connection' }).count()).toBe(0);
    await page.goto(`connections/${connectionId}`);
    await heading(page, 'seen by all');
    expect(await page.getByRole('button', { name: /^Edit connection|Revoke all/ }).count()).toBe(0);
    await page.goto('connections/new');
    await page.getByText('Only super admins make connections.').waitFor();
    expect(await page.getByRole('button', { name: /^Generate/ }).count()).toBe(0);
  });
});

describe('two browsers', () => {
  test('see each other’s changes in the list, without a reload', async () => {
    const [one, other] = [await signedIn(), await signedIn({ subject: 'grace', role: 'ADMIN' })];
    await createConnection(one.page, 'seen by both');
    await other.page.getByRole('link', { name: 'seen by both' }).waitFor();
    await createMachine(gateway.admin, 'OAUTH', 'made by a script');
    await other.page.getByRole('link', { name: 'made by a script' }).waitFor();
    expect([one.problems, other.problems]).toEqual([[], []]);
  });

  test('see them on the connection’s page, to its end', async () => {
    const { connectionId: id } = await createMachine(gateway.admin, 'OAUTH', 'looked at');
    const { page } = await signedIn({ subject: 'grace', role: 'ADMIN' });
    await page.goto(`connections/${id}`);
    await heading(page, 'looked at');
    await gateway.admin.run(DisableConnectionDocument, { id });
    await page.getByText('Disabled', { exact: true }).waitFor();
    await gateway.admin.run(RenameConnectionDocument, { id, name: 'looked at again' });
    await heading(page, 'looked at again');
    await gateway.admin.run(DeleteConnectionDocument, { id });
    await heading(page, 'There is no such connection');
  });

  test('see what happened while a page was out of view, once it is in view again', async () => {
    const { page, context } = await signedIn({ subject: 'grace', role: 'ADMIN' });
    const hide = (state: 'hidden' | 'visible') =>
      page.evaluate(`Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));`);
    const left = page.waitForEvent('requestfailed', (request) => request.headers().accept === 'text/event-stream');
    await hide('hidden');
    await left;
    await createMachine(gateway.admin, 'OAUTH', 'made meanwhile');
    await hide('visible');
    await page.getByRole('link', { name: 'made meanwhile' }).waitFor();
    await context.close();
  });
});

describe('nothing is lost', () => {
  test('where the session ends while a form is filled in: a sign-in in another tab lets it go on', async () => {
    const { page, context } = await signedIn();
    await fillConnectionForm(page, 'kept through the end of a session');
    const other = await context.newPage();
    await other.goto('');
    await other.getByRole('button', { name: /^Account of/ }).click();
    await other.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
    await heading(other, 'Sign in');

    // A browser hardly draws a tab that is behind another one.
    await page.bringToFront();
    await page.getByRole('button', { name: 'Generate OAuth Credentials' }).click();
    const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
    await dialog.waitFor();
    await dialog.getByRole('button', { name: 'Continue' }).click();
    await dialog.getByText('There is no new session yet').waitFor();
    await signIn(other, gateway.link());
    await page.bringToFront();
    await dialog.getByRole('button', { name: 'Continue' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await page.getByLabel('Name of the connection').inputValue()).toBe('kept through the end of a session');
    await page.getByRole('button', { name: 'Generate OAuth Credentials' }).click();
    await page.locator('code', { hasText: /^lkcs_/ }).waitFor();
  });

  test('where the answer to a create is lost: the repeat finds the connection, and leads to a new secret', async () => {
    const { page } = await signedIn();
    await fillConnectionForm(page, 'made, and not heard of');
    await page.route('**/graphql', async (route) => {
      if (!route.request().postData()?.includes('createConnection')) return route.continue();
      await route.fetch();
      await route.abort('connectionreset');
    });
    const generate = page.getByRole('button', { name: 'Generate OAuth Credentials' });
    await generate.click();
    await page.getByText('The connection may have been made').waitFor();
    await page.unroute('**/graphql');
    await generate.click();
    await page.getByText('the answer with its secret was lost').waitFor();
    await page.getByRole('link', { name: /regenerate its secret/ }).click();
    await heading(page, 'made, and not heard of');
  });
});

test('where registered documents alone run, the console’s do', async () => {
  await using strict = await startConsoleGateway({
    LATCHKEY_TRUSTED_DOCUMENTS: 'enforce',
  });
  const { page } = await openPage(browser, { url: strict.url });
  await signIn(page, strict.link());
  await createConnection(page, 'by registered documents');
  await copySecret(page);
  await page.getByRole('navigation').getByRole('link', { name: 'Audit' }).click();
  await page.getByRole('row').filter({ hasText: 'Created a connection' }).waitFor();
  const { status } = await strict.admin.send('{ viewer { id } }');
  expect(status).toBe(400);
});

test('behind a proxy that shows the gateway under a path, the console is there, its links and a reload included', async () => {
  const port = await freePort();
  await using proxy = await startNginx(
    (own) => `server {
      listen 127.0.0.1:${own};
      location /latchkey/ { proxy_pass http://127.0.0.1:${port}/; }
    }`,
  );
  const url = `${proxy.url}/latchkey`;
  await using behind = await startConsoleGateway({ PORT: String(port), LATCHKEY_PUBLIC_URL: url });
  const { page, problems, foreign } = await openPage(browser, { url });
  await signIn(page, behind.link());
  await createConnection(page, 'under a path');
  expect(page.url()).toBe(`${url}/connections/new`);
  await copySecret(page);
  await page.getByRole('button', { name: 'Done' }).click();
  await heading(page, 'under a path');
  expect(await page.locator('pre', { hasText: /^curl/ }).first().textContent()).toContain(`${url}/oauth2/token`);
  await page.reload();
  await heading(page, 'under a path');
  expect([problems, foreign]).toEqual([[], []]);
});
