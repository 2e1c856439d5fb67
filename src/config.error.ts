import { StartupError } from './lib/startup-error.js';

/** A setting is wrong; the message names it and says what to do. */
export class ConfigError extends StartupError {}
