import { once } from 'node:events';
import { join } from 'node:path';
import { CONNECTIONS } from './case.ts';
import { fillPage } from './connection-servers.ts';
import { formatFlameGraph, readProfile } from './cpu-profile.ts';
import { type Latchkey, startLatchkey, UNPACKED } from './latchkey.ts';
import { createIntrospections } from './limit-cases.ts';
import { limitedReplicaSettings } from './limit-servers.ts';
import { startLoad } from './load-process.ts';
import { describeMachine } from './machine.ts';
import { graphqlConnections } from './requests.ts';
import { startRun } from './start-run.ts';
import { startStateServers } from './state-servers.ts';
import { createEverydayWork } from './work.ts';

/**
 * Where the time goes: a flame graph of each path, as text. Prints Markdown for docs/profiles.md to standard output.
 * `--quick` is for trying it out.
 */

const FULL_SECONDS = 10;
const QUICK_SECONDS = 2;
const BY_LIMITED_REPLICA = 'introspection, compatible path, by a replica with limits';
const PATHS = [
  'token issue',
  'introspection, compatible path',
  BY_LIMITED_REPLICA,
  'GraphQL introspectToken',
  'GraphQL connections, 15 of them',
];

const { isQuick, directory } = startRun();
const seconds = isQuick ? QUICK_SECONDS : FULL_SECONDS;
const load = startLoad();
const stateServers = await startStateServers(directory);
console.log(
  describeMachine()
    .map((fact) => `- ${fact}`)
    .join('\n'),
);
for (const [index, path] of PATHS.entries()) {
  process.stderr.write(`${path}\n`);
  console.log(
    `\n## ${path}\n\n\`\`\`text\n${formatFlameGraph(await profile(path, join(directory, String(index))))}\n\`\`\``,
  );
}
await load.stop();
process.exit();

/** Each path has a process of its own, whose start is a small part of its profile. */
async function profile(path: string, state: string) {
  const profiles = `${state}-profiles`;
  const ofState =
    path === BY_LIMITED_REPLICA ? limitedReplicaSettings(directory, stateServers) : { LATCHKEY_DATA_DIR: state };
  const settings = { ...ofState, NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profiles}` };
  const latchkey = await startLatchkey(settings, 'Latchkey', UNPACKED);
  const { requests, mustContain } = await workOf(path, latchkey);
  const until = { seconds };
  await load.drive(path, { urls: [latchkey.url], requests, mustContain, connections: CONNECTIONS, until });
  // A stop in order, at whose end the profile is written.
  latchkey.child.kill('SIGTERM');
  await once(latchkey.child, 'exit');
  return readProfile(profiles);
}

async function workOf(path: string, latchkey: Latchkey) {
  if (path === BY_LIMITED_REPLICA) {
    const { compatible } = await createIntrospections(latchkey);
    return { requests: await compatible.requests(), mustContain: compatible.mustContain };
  }
  const everyday = path.startsWith('GraphQL connections') ? [] : await createEverydayWork(latchkey);
  const work = everyday.find(({ name }) => name === path);
  if (work !== undefined) return work;
  const { bearer, page } = await fillPage(latchkey);
  return { requests: [graphqlConnections(bearer, 'text')], mustContain: page };
}
