import { join } from 'node:path';
import { ROOT } from './processes.ts';

/** A module of the build, before it is packed. `Module` is the type of its source. */
export function loadBuilt<Module>(path: string): Promise<Module> {
  return import(join(ROOT, 'build', path)) as Promise<Module>;
}
