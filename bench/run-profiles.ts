import { once } from 'node:events';
import { join } from 'node:path';
import { CONNECTIONS } from './case.ts';
import { fillPage } from './connection-servers.ts';
import { formatFlameGraph, readProfile } from './cpu-profile.ts';
import { type Latchkey, startLatchkey, UNPACKED } from './latchkey.ts';
import { createIntrospections } from './limit-cases.ts';
import { limitedReplica } from './limit-servers.ts';
import { startLoad } from './load-process.ts';
import { describeMachine } from './machine.ts';
import { graphqlConnections } from './requests.ts';
import { startRun } from './start-run.ts';
import { startStateServers } from './state-servers.ts';
import { createEverydayWork, type Work } from './work.ts';

/**
 * Where the time goes: a flame graph of each path, as text. Prints Markdown for docs/profiles.md to standard output.
 * `--quick` is for trying it out.
 */

const FULL_SECONDS = 10;
const QUICK_SECONDS = 2;

/** What a gateway of its own is asked to do. */
interface Path {
  readonly name: string;
  /** The settings that say where its state is; `state` is a directory of its own. */
  readonly settings: (state: string) => NodeJS.ProcessEnv;
  readonly work: (latchkey: Latchkey) => Promise<Omit<Work, 'name'>>;
}

const { isQuick, directory } = startRun();
const seconds = isQuick ? QUICK_SECONDS : FULL_SECONDS;
console.log(
  describeMachine()
    .map((fact) => `- ${fact}`)
    .join('\n'),
);
const load = startLoad();
const stateServers = await startStateServers(directory);
const paths: readonly Path[] = [
  everyday('token issue'),
  everyday('introspection, compatible path'),
  {
    name: 'introspection, compatible path, by a replica with limits',
    settings: () => limitedReplica(directory, stateServers),
    work: async (latchkey) => {
      const { compatible } = await createIntrospections(latchkey);
      return { requests: await compatible.requests(), mustContain: compatible.mustContain };
    },
  },
  everyday('GraphQL introspectToken'),
  embedded('GraphQL connections, 15 of them', async (latchkey) => {
    const { bearer, page } = await fillPage(latchkey);
    return { requests: [graphqlConnections(bearer, 'text')], mustContain: page };
  }),
];
for (const [index, path] of paths.entries()) {
  process.stderr.write(`${path.name}\n`);
  console.log(
    `\n## ${path.name}\n\n\`\`\`text\n${formatFlameGraph(await profile(path, join(directory, String(index))))}\n\`\`\``,
  );
}
await load.stop();
process.exit();

function embedded(name: string, work: Path['work']): Path {
  return { name, settings: (state) => ({ LATCHKEY_DATA_DIR: state }), work };
}

function everyday(name: string): Path {
  return embedded(name, async (latchkey) => {
    const work = (await createEverydayWork(latchkey)).find((one) => one.name === name);
    if (work === undefined) throw new Error(`no everyday work is called "${name}"`);
    return work;
  });
}

/** Each path has a process of its own, whose start is a small part of its profile. */
async function profile({ name, settings, work }: Path, state: string) {
  const profiles = `${state}-profiles`;
  const withProfiles = { ...settings(state), NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profiles}` };
  const latchkey = await startLatchkey(withProfiles, 'Latchkey', UNPACKED);
  const { requests, mustContain } = await work(latchkey);
  const until = { seconds };
  await load.drive(name, { urls: [latchkey.url], requests, mustContain, connections: CONNECTIONS, until });
  // A stop in order, at whose end the profile is written.
  latchkey.child.kill('SIGTERM');
  await once(latchkey.child, 'exit');
  return readProfile(profiles);
}
