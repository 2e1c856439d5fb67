import fc from 'fast-check';
import { drawSeed } from './seeded-random.js';

/** For vitest's `setupFiles`: property tests draw the same each time. fast-check prints the seed of one that fails. */
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: drawSeed('PROPERTY_SEED') });
