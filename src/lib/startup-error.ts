/** The process cannot start as it is set up. The message is one sentence or two that say what to do. */
export class StartupError extends Error {}
