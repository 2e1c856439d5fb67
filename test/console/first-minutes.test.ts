import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPage, startBrowser } from '../support/browser.js';
import { type ConsoleGateway, copySecret, createConnection, signIn, startConsoleGateway } from '../support/console.js';
import { createMachine, requestToken } from '../support/machine.js';

/** What people do who see the console for the first time, and what must not go wrong then. */

const opened = new AsyncDisposableStack();
let gateway: ConsoleGateway;
let browser: Awaited<ReturnType<typeof startBrowser>>;
beforeAll(async () => {
  browser = opened.use(await startBrowser());
  gateway = opened.use(await startConsoleGateway());
});
afterAll(() => opened.disposeAsync());

async function signedIn(): Promise<Page> {
  const { page } = await openPage(browser, { url: gateway.url });
  await signIn(page, gateway.link());
  return page;
}

describe('a secret that was not copied is not left without a word', () => {
  const warning = (page: Page) => page.getByRole('dialog', { name: 'You have not copied the secret' });
  const isShown = (page: Page, secret: string) => page.getByText(secret).isVisible();

  test('by a link of the navigation', async () => {
    const page = await signedIn();
    const { secret } = await createConnection(page, 'left by a link');
    const limits = page.getByRole('navigation').getByRole('link', { name: 'Limits' });
    await limits.click();
    await warning(page).getByRole('button', { name: 'Go back' }).click();
    expect(await isShown(page, secret)).toBe(true);
    await limits.click();
    await warning(page).getByRole('button', { name: 'Leave without it' }).click();
    await page.getByRole('heading', { level: 1, name: 'Limits' }).waitFor();
  });

  test('by Back', async () => {
    const page = await signedIn();
    const { secret } = await createConnection(page, 'left by Back');
    await page.evaluate('history.back()');
    await warning(page).getByRole('button', { name: 'Go back' }).click();
    expect([await isShown(page, secret), new URL(page.url()).pathname]).toEqual([true, '/connections/new']);
    await page.evaluate('history.back()');
    await warning(page).getByRole('button', { name: 'Leave without it' }).click();
    await page.getByRole('heading', { level: 1, name: 'Connections' }).waitFor();
  });

  test('by the end of the tab', async () => {
    const page = await signedIn();
    const { secret } = await createConnection(page, 'left by closing');
    const asked = page.waitForEvent('dialog');
    await page.close({ runBeforeUnload: true });
    const dialog = await asked;
    expect(dialog.type()).toBe('beforeunload');
    await dialog.dismiss();
    expect(await isShown(page, secret)).toBe(true);
  });

  test('and one that was copied is left freely', async () => {
    const page = await signedIn();
    await createConnection(page, 'left in peace');
    await copySecret(page);
    await page.getByRole('navigation').getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('heading', { level: 1, name: 'Audit' }).waitFor();
  });
});

describe('the curl that a connection’s page shows', () => {
  /** Runs what the page shows first for a token, and then to check one. */
  async function openSamples() {
    const machine = await createMachine(gateway.admin);
    const page = await signedIn();
    await page.goto(`connections/${machine.connectionId}`);
    const run = async (index: number, env: Record<string, string>) => {
      const command =
        (await page
          .locator('code', { hasText: /^curl / })
          .nth(index)
          .textContent()) ?? '';
      return promisify(execFile)('sh', ['-c', command], { env: { ...process.env, ...env } });
    };
    return { machine, run };
  }

  test('gets a token with the secret in the environment', async () => {
    const { machine, run } = await openSamples();
    const LATCHKEY_CLIENT_SECRET = machine.secret;
    const { stdout } = await run(0, { LATCHKEY_CLIENT_SECRET });
    const { access_token: TOKEN } = JSON.parse(stdout) as { access_token: string };
    expect(TOKEN).toMatch(/^lkat_/);
    const checked = await run(1, { LATCHKEY_CLIENT_SECRET, TOKEN });
    expect(JSON.parse(checked.stdout)).toMatchObject({ active: true });
  });

  test('says what is wrong where the secret is', async () => {
    const { run } = await openSamples();
    await expect(run(0, { LATCHKEY_CLIENT_SECRET: 'wrong' })).rejects.toMatchObject({
      code: 22,
      stdout: expect.stringContaining('its secret is wrong'),
    });
  });
});

test('Try it takes a token as it comes: behind Bearer, or in the answer that brought it; and says what is no token', async () => {
  const machine = await createMachine(gateway.admin);
  const token = await requestToken(gateway.url, machine);
  const page = await signedIn();
  await page.goto('try-it');
  const ask = async (text: string) => {
    await page.getByLabel('Access token').fill(text);
    await page.getByRole('button', { name: 'Introspect' }).click();
  };
  for (const text of [`Bearer ${token}`, `authorization: bearer ${token}`, JSON.stringify({ access_token: token })]) {
    await ask(text);
    await page.getByText('Active', { exact: true }).waitFor();
    await ask('nothing');
    await page.getByText(/^Not active/).waitFor();
  }
  await ask(machine.secret);
  await page.getByText(/not an access token/).waitFor();
});
