import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type HealthCheck, milliseconds } from './compose-file.ts';
import { program, runningAs } from './programs.ts';

/** What a container is made of, as a process of this machine. */
export interface Plan {
  readonly name: string;
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly healthcheck: HealthCheck;
  readonly directory: string;
  readonly logPath: string;
  /** Where it is found, in words. */
  readonly addresses: string;
  readonly user?: string | undefined;
  /** What asks it to end, and how long it may take. */
  readonly stopSignal: NodeJS.Signals;
  readonly graceMs: number;
}

/** Has the kernel kill a process when this one ends, even by SIGKILL: nobody is left to do it then. */
const ENDS_WITH_US = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL'] : [];
const POLL_EVERY_MS = 100;
const LOG_SHOWN_CHARACTERS = 2_000;
/** A service that ends is started again after the shortest wait, which doubles until one has run for the longest. */
const RESTART_AFTER_MS = { shortest: 100, longest: 10_000 };

/** A service that runs, and is started again when it ends by itself: `restart: unless-stopped`. */
export class Supervised {
  readonly #plan: Plan;
  readonly #say: (line: string) => void;
  #child: ChildProcess | undefined;
  #isStopping = false;
  #running = Promise.resolve();

  constructor(plan: Plan, say: (line: string) => void) {
    this.#plan = plan;
    this.#say = say;
  }

  start(): void {
    this.#running = this.#keepRunning();
  }

  /** Resolves when its health check has succeeded once. @throws Error with its last words where it does not */
  async untilHealthy(): Promise<void> {
    const { name, healthcheck, logPath } = this.#plan;
    const { interval, retries = 3, start_period = '0s' } = healthcheck;
    const deadline = performance.now() + milliseconds(start_period) + retries * milliseconds(interval);
    while (!this.#isHealthy()) {
      if (this.#isStopping) return;
      if (performance.now() > deadline) {
        throw new Error(
          `${name} did not become healthy: ${readFileSync(logPath, 'utf8').slice(-LOG_SHOWN_CHARACTERS)}`,
        );
      }
      await delay(POLL_EVERY_MS);
    }
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const { stopSignal, graceMs } = this.#plan;
    this.#child?.kill(stopSignal);
    const late = setTimeout(() => this.#child?.kill('SIGKILL'), graceMs);
    await this.#running;
    clearTimeout(late);
  }

  async #keepRunning(): Promise<void> {
    let waitMs = RESTART_AFTER_MS.shortest;
    while (!this.#isStopping) {
      const begun = performance.now();
      const how = await this.#runOnce();
      if (this.#isStopping) return;
      if (performance.now() - begun > RESTART_AFTER_MS.longest) waitMs = RESTART_AFTER_MS.shortest;
      this.#say(`${this.#plan.name} ended (${how}) and is started again`);
      await delay(waitMs);
      waitMs = Math.min(2 * waitMs, RESTART_AFTER_MS.longest);
    }
  }

  /** Resolves with how the process has ended. */
  #runOnce(): Promise<string> {
    const { name, words, environment, directory, logPath, addresses, user } = this.#plan;
    const [command = '', ...args] = [...runningAs(user), ...ENDS_WITH_US, ...words];
    const log = openSync(logPath, 'a', 0o600);
    // A process group of its own: Ctrl-C is for this process, which then ends the services in their order.
    const child = spawn(command, args, {
      cwd: directory,
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    this.#child = child;
    if (child.pid !== undefined) this.#say(`${name} runs as process ${child.pid}, ${addresses}, log ${logPath}`);
    return new Promise((resolve) => {
      child.once('error', ({ message }) => resolve(message));
      child.once('exit', (code, signal) => resolve(String(code ?? signal)));
    });
  }

  #isHealthy(): boolean {
    const { healthcheck, environment, directory } = this.#plan;
    const [, command = '', ...args] = healthcheck.test;
    try {
      execFileSync(program(command), args, {
        cwd: directory,
        env: { PATH: process.env.PATH, ...environment },
        stdio: 'ignore',
        timeout: milliseconds(healthcheck.timeout),
      });
      return true;
    } catch {
      return false;
    }
  }
}
