import { join } from 'node:path';
import { ROOT } from './processes.ts';

/** A module of the build: what users run is what is measured. `Module` is the type of its source. */
export function loadBuilt<Module>(path: string): Promise<Module> {
  return import(join(ROOT, 'dist', path)) as Promise<Module>;
}
