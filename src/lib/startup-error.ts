/** The process cannot start as configured. The message says what to do, in one or two sentences. */
export class StartupError extends Error {}
