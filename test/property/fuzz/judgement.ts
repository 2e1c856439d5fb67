import { parse, visit } from 'graphql';
import type { Answer } from '../../support/rest.js';
import { findSecrets } from '../../support/secret-forms.js';
import type { Exchange, FuzzInput } from './input.js';
import { placeOf, shapeFault } from './own-shapes.js';
import { canaryOf, ORGANIZATIONS } from './population.js';
import { fateFault, sessionSecrets, withoutNewSession } from './session-judgement.js';
import { listeningFaults } from './stream-judgement.js';
import type { World } from './world.js';

/** What is wrong with what came back for one input, but for secrets. */
export function faultsOf(exchange: Exchange, world: World): string[] {
  const { input, received } = exchange;
  const { answers, rest } = received;
  // CONNECT opens no tunnel: Node closes the connection.
  const isOwed = !input.endsEarly && input.method !== 'CONNECT';
  return [
    ...(isOwed && answers.length === 0 ? ['no answer'] : []),
    ...(rest.length > 0 ? [`what is no answer: ${rest.toString('latin1', 0, 200)}`] : []),
    ...answers.flatMap((answer, index) => {
      const [method, target] = index === 0 ? [input.method, input.target] : ['', ''];
      return shapeFault(answer, method, placeOf(target)) ?? [];
    }),
    ...refusedDocument(input, answers),
    ...fateFault(input, answers),
    ...listeningFaults(exchange),
    ...foreignNames(input, answers.map(({ text }) => text).join('\n'), world),
  ];
}

/** Why a document that is valid by construction may be refused all the same. */
const BY_RIGHT = /Split it|Parsing aborted|repeats more fields|Introspection is off/;

function refusedDocument({ kind }: FuzzInput, answers: readonly Answer[]): string[] {
  const isRefused = ({ text }: Answer) =>
    /GRAPHQL_(PARSE|VALIDATION)_FAILED/.test(text) && !BY_RIGHT.test(text) && kind.startsWith('valid ');
  return answers.some(isRefused) ? ['a valid document is refused'] : [];
}

/** What belongs to another organisation than the caller's, and was not in the input itself. */
function foreignNames({ caller, bytes }: FuzzInput, text: string, { inhabitants }: World): string[] {
  const foreign = ORGANIZATIONS.filter((each) => each !== caller?.organizationId);
  // Chunks may part a name.
  const isSent = (name: string) =>
    bytes
      .toString('latin1')
      .replaceAll(/\r\n[\da-f]+\r\n/g, '')
      .includes(name);
  return foreign.flatMap((organizationId) => {
    const { oauth, accessKey } = inhabitants[organizationId];
    const ids = [oauth.connectionId, oauth.clientId, accessKey.connectionId];
    return [canaryOf(organizationId), ...ids]
      .filter((name) => text.includes(name) && !bytes.includes(name) && !isSent(name))
      .map((name) => `${name} shown to ${caller?.organizationId ?? 'nobody in particular'}`);
  });
}

/** Each secret by its name: those of the callers, the key ring, and the canaries by what all of them share. */
export function secretsOf({ inhabitants, marker }: World, keyRing: string): Record<string, string> {
  const own = Object.values(inhabitants).flatMap(
    ({ organizationId, oauth, accessKey, token, bearers, signInCode, foreignCode, sessions }) =>
      Object.entries({
        'client secret': oauth.secret,
        'access key': accessKey.secret,
        token,
        'admin bearer': bearers.ADMIN,
        'super admin bearer': bearers.SUPER_ADMIN,
        'sign-in code': signInCode,
        'foreign sign-in code': foreignCode,
        ...sessionSecrets(sessions),
      }).map(([what, secret]) => [`${organizationId}'s ${what}`, secret]),
  );
  return { ...Object.fromEntries(own), 'a key of the ring': keyRing, 'a planted canary': marker };
}

/** Which secrets came back, and for which input: all answers are searched at once, since few hold any. */
export function secretsInAnswers(exchanges: readonly Exchange[], secrets: Readonly<Record<string, string>>): string[] {
  const all = exchanges.map(({ received }) => received.answers.map(textOf).join('\n')).join('\n');
  if (findSecrets(secrets, all).length === 0) return [];
  return exchanges.flatMap(({ input, received }) => {
    const text = received.answers.map(textOf).join('\n');
    const names = secretResponseNames(input, secrets);
    const found = findSecrets(secrets, names.length > 0 ? withoutResponseNames(text, names) : text);
    return found.length === 0 ? [] : [`${found.join(', ')} in the answer ${text} to ${describe(input)}`];
  });
}

/** The whole answer as one text, but for what a sign-in alone may tell. */
function textOf(answer: Answer): string {
  return [answer.status, ...withoutNewSession(answer), answer.text].join('\n');
}

/** A document's response names that hold a secret, under which the answer has to stand. */
function secretResponseNames({ document }: FuzzInput, secrets: Readonly<Record<string, string>>): string[] {
  const names = new Set<string>();
  try {
    visit(parse(document ?? ''), { Field: ({ alias }) => void names.add(alias?.value ?? '') });
  } catch {
    return [];
  }
  return [...names].filter((name) => Object.values(secrets).some((secret) => name.includes(secret)));
}

/** Response names stand as members of `data`, and in errors' paths. */
function withoutResponseNames(text: string, names: readonly string[]): string {
  const withoutPaths = text.replaceAll(/"path":\[[^\]]*\]/g, '');
  return names.reduce((rest, name) => rest.replaceAll(`"${name}":`, ''), withoutPaths);
}

export function describe({ bytes, kind, caller }: FuzzInput): string {
  const who = caller === undefined ? 'nobody' : `${caller.role} of ${caller.organizationId}`;
  return `${kind} by ${who}: ${JSON.stringify(bytes.toString('latin1', 0, 2_000))}`;
}
