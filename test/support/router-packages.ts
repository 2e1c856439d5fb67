import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE = join(import.meta.dirname, '..', 'conformance', 'routers');
const LOCK = join(PACKAGE, 'package-lock.json');
/** The lock file of what is installed; `npm ci` empties the folder first, so that half an installation has none. */
const INSTALLED = join(PACKAGE, 'node_modules', '.installed-lock.json');

/** For vitest's `globalSetup` of `npm run conformance`: installs what `npm ci` leaves out, where the lock file changed. */
export function setup(): void {
  if (existsSync(INSTALLED) && readFileSync(INSTALLED, 'utf8') === readFileSync(LOCK, 'utf8')) return;
  execFileSync('npm', ['ci', '--prefix', PACKAGE], { stdio: 'inherit' });
  copyFileSync(LOCK, INSTALLED);
}
