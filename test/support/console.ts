import type { Page } from 'playwright-core';
import { SignInLinks } from '../../src/domain/sign-in/sign-in.service.js';
import { systemClock } from '../../src/lib/clock.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { type GatewayProcess, spawnGateway } from './gateway-process.js';
import { createTemporaryDirectory } from './temporary-directory.js';
import { until } from './until.js';
import { userByKeys } from './user-of-process.js';

/** A gateway as users start it, to whose console anybody can be signed in. */
export interface ConsoleGateway extends AsyncDisposable {
  readonly url: string;
  readonly process: GatewayProcess;
  /** A super admin, by a bearer. */
  readonly admin: ReturnType<typeof userByKeys>;
  /** A link that signs in, as a user by default the first super admin. */
  link(user?: { readonly subject: string; readonly role: 'SUPER_ADMIN' | 'ADMIN' }): string;
}

export async function startConsoleGateway(env: Record<string, string> = {}): Promise<ConsoleGateway> {
  const directory = await createTemporaryDirectory();
  const text = KeyRing.generate();
  const keyRing = KeyRing.parse(text);
  const process = await spawnGateway({ env: { LATCHKEY_DATA_DIR: directory.path, LATCHKEY_KEYS: text, ...env } });
  const links = new SignInLinks(keyRing, systemClock);
  return {
    url: process.url,
    process,
    admin: userByKeys(process.url, keyRing),
    link: (user) => links.create(process.url, 'default', user).reveal(),
    [Symbol.asyncDispose]: async () => {
      await process[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** Opens a link, and presses its button. */
export async function signIn(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Connections' }).waitFor();
}

/** Waits until a page shows what it asked for. Its stream of events is always open, so the network is never idle. */
export async function settle(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await until('nothing is loading', async () => (await page.locator('.skeleton').count()) === 0);
}

/** Fills in the form of a new connection. */
export async function fillConnectionForm(
  page: Page,
  name: string,
  type: 'OAuth' | 'Access key' = 'OAuth',
): Promise<void> {
  await page.getByRole('link', { name: 'Create Connection' }).click();
  await page.getByLabel('Name of the connection').fill(name);
  await page.getByRole('radio', { name: type }).check();
}

/** Creates a connection in the console, up to the page that shows its secret. */
export async function createConnection(page: Page, name: string): Promise<{ clientId: string; secret: string }> {
  await fillConnectionForm(page, name);
  await page.getByRole('button', { name: 'Generate OAuth Credentials' }).click();
  const clientId =
    (await page
      .locator('code', { hasText: /^lkid_/ })
      .first()
      .textContent()) ?? '';
  const secret = (await page.locator('code', { hasText: /^lkcs_/ }).textContent()) ?? '';
  return { clientId, secret };
}

/** Presses Copy; the copy is over when the page says so. */
export async function copySecret(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Copy Client secret' }).click();
  await page.getByText('Copied', { exact: true }).waitFor();
}
