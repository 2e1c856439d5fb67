import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type HealthCheck, ROOT } from './compose-file.ts';

/** What the last stage of the Dockerfile says of the containers made of it. */
export interface Image {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly healthcheck: HealthCheck;
}

/** Reads the project's Dockerfile, whose commands are in their JSON form. @throws Error where one is not there */
export function readDockerfile(): Image {
  const [last = ''] = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
    .split(/^FROM /m)
    .slice(-1);
  const instructions = last.replaceAll('\\\n', ' ');
  const one = (pattern: RegExp) => {
    const [, found] = pattern.exec(instructions) ?? [];
    if (found === undefined) throw new Error(`The Dockerfile has no ${pattern.source}.`);
    return found;
  };
  const option = (name: string) => one(new RegExp(`^HEALTHCHECK .*--${name}=(\\S+)`, 'm'));
  return {
    command: JSON.parse(one(/^CMD (\[.+\])$/m)) as string[],
    environment: Object.fromEntries(
      one(/^ENV (.+)$/m)
        .split(' ')
        .map((pair) => pair.split('=') as [string, string]),
    ),
    healthcheck: {
      test: ['CMD', ...(JSON.parse(one(/^HEALTHCHECK .* CMD (\[.+\])$/m)) as string[])],
      interval: option('interval'),
      timeout: option('timeout'),
      start_period: option('start-period'),
    },
  };
}
