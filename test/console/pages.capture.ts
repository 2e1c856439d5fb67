import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { openPage, startBrowser } from '../support/browser.js';
import { copySecret, settle, signIn, startConsoleGateway } from '../support/console.js';
import { createMachine, requestToken } from '../support/machine.js';

/** Takes the pictures of docs/screenshots: `npm run screenshots`. */
const DIRECTORY = join(import.meta.dirname, '..', '..', 'docs', 'screenshots');

test.each(['light', 'dark'] as const)('every page in %s', async (colorScheme) => {
  mkdirSync(DIRECTORY, { recursive: true });
  await using browser = await startBrowser();
  await using gateway = await startConsoleGateway({ LATCHKEY_LIMITS: 'on' });
  const { page } = await openPage(browser, { url: gateway.url, colorScheme, width: 1100 });
  const capture = async (name: string) => {
    await settle(page);
    await page.screenshot({ path: join(DIRECTORY, `${name}-${colorScheme}.png`) });
  };
  await page.goto('');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await capture('sign-in');
  const link = gateway.link();
  await page.goto(link);
  await capture('sign-in-link');
  await signIn(page, link);
  await capture('no-connection-yet');
  for (const name of ['billing export', 'usage dashboard', 'nightly sync']) {
    const machine = await createMachine(gateway.admin, 'OAUTH', name);
    await requestToken(gateway.url, machine);
  }
  await createMachine(gateway.admin, 'ACCESS_KEY', 'legacy integrations');
  await page.reload();
  await page.getByRole('link', { name: 'nightly sync' }).waitFor();
  await capture('connections');
  await page.getByRole('link', { name: 'Create Connection' }).click();
  await page.getByLabel('Name of the connection').fill('churn model');
  await capture('create-connection');
  await page.getByRole('button', { name: 'Generate OAuth Credentials' }).click();
  await page.locator('code', { hasText: /^lkcs_/ }).waitFor();
  await capture('secret');
  await copySecret(page);
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('heading', { level: 1, name: 'churn model' }).waitFor();
  await capture('connection');
  await page.getByRole('button', { name: /^Edit connection/ }).click();
  await page.getByRole('menuitem', { name: 'Re-Generate OAuth Credentials' }).click();
  await page.getByRole('dialog').waitFor();
  await capture('regenerate');
  await page.getByRole('button', { name: 'Cancel' }).click();
  for (const [link, name] of [
    ['Try it', 'try-it'],
    ['Limits', 'limits'],
    ['Audit', 'audit'],
  ] as const) {
    await page.getByRole('navigation').getByRole('link', { name: link }).click();
    await page.getByRole('heading', { level: 1, name: link }).waitFor();
    await capture(name);
  }
});
