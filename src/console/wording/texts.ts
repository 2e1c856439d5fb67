import { actionTexts } from './action-texts.js';

/** Every text of the console. */
export const texts = {
  product: 'Latchkey',
  skip: 'Skip to the content',
  pages: {
    connections: 'Connections',
    createConnection: 'Create Connection',
    tryIt: 'Try it',
    limits: 'Limits',
    audit: 'Audit',
    unknown: 'There is no page here',
  },
  unknownPage: 'The address names no page of the console.',
  backToConnections: 'Go to the connections',
  navigation: 'Pages',
  account: {
    signOut: 'Sign out',
    signOutEverywhere: 'Sign out everywhere',
    of: 'Account of',
    organization: (id: string) => `Organisation ${id}`,
    roles: { SUPER_ADMIN: 'Super admin', ADMIN: 'Admin', MACHINE: 'Machine' },
    failed: 'You are still signed in: the gateway did not answer. Try again.',
    ended:
      'This session had ended, and others of yours may live on. Sign in again, and sign out everywhere from there.',
  },
  readOnly:
    'You see everything and change nothing: changes need a super admin. Ask whoever runs this gateway for a sign-in link of that role.',
  signedOut: {
    title: 'Sign in',
    explanation: 'You sign in by a link that works once. Whoever runs this gateway makes one with this command:',
    command: 'npm run --silent latchkey -- sign-in',
    afterwards: 'Open the link in this browser. It leads back here.',
  },
  sessionEnded: {
    title: 'Your session has ended',
    explanation:
      'Nothing that you entered is lost. Open a new sign-in link in another tab of this browser, then come back and continue here.',
    goOn: 'Continue',
    stillEnded: 'There is no new session yet. Open the sign-in link first.',
  },
  problems: {
    network: 'The gateway does not answer. Check your connection, then try again.',
    tryAgain: 'Try again',
  },
  loading: 'Loading…',
  copy: {
    action: 'Copy',
    label: (what: string) => `Copy ${what}`,
    copied: 'Copied',
    refused: 'The browser does not let the page copy. Select the text and copy it by hand.',
    command: 'the command',
  },
  connections: {
    search: 'Search by name, client id or secret’s shown characters',
    left: (oauth: number, oauthMax: number, accessKey: number) =>
      `${oauth} of ${oauthMax} OAuth connections are left, and ${accessKey} of 1 access key.`,
    found: (found: number, all: number) => (found === all ? `${all} connections` : `${found} of ${all} connections`),
    name: 'Name',
    type: 'Authentication type',
    status: 'Status',
    secret: 'Secret',
    lastUsed: 'Last used',
    createdBy: 'Created by',
    never: 'Never',
    types: { ACCESS_KEY: 'Access key', OAUTH: 'OAuth' },
    statuses: { ACTIVE: 'Active', DISABLED: 'Disabled' },
    empty: {
      title: 'No connection yet',
      sentences: [
        'A connection is a named set of credentials for one of your machines: a job, a service or a tool that calls the API.',
        'With OAuth a machine exchanges its client id and secret for a token that lives for a day. An organisation has up to 15 of these, so give every machine its own.',
        'An access key goes into every request as it is. There is one for the whole organisation.',
      ],
      first: 'Create the first connection',
    },
  },
  needsSuperAdmin: 'Only super admins make connections.',
  connectors: { GAINSIGHT_API: 'Gainsight API' },
  nameField: {
    rule: 'Up to 100 characters. No other connection has the same name.',
    blank: 'A name needs at least one character besides spaces.',
    long: (max: number) => `A name has at most ${max} characters.`,
    taken: 'Another connection has this name. Letter case and spacing make no difference.',
  },
  create: {
    connector: 'Connector',
    name: 'Name of the connection',
    type: 'Authentication type',
    explained: {
      OAUTH:
        'A client id and a secret, which a machine exchanges for a token that lives for a day. Up to 15 connections.',
      ACCESS_KEY: 'One key for the whole organisation, sent with every request. One connection.',
    },
    generate: { OAUTH: 'Generate OAuth Credentials', ACCESS_KEY: 'Generate Access Key' },
    generating: 'Generating…',
    lostAnswer:
      'The connection may have been made. Press the button again: you get the same connection, and never a second one.',
    secretLost: (name: string) =>
      `“${name}” was made, but the answer with its secret was lost on the way, and the secret is shown only once. Regenerate it to get a new one.`,
    openToRegenerate: 'Open the connection to regenerate its secret',
    upstream: 'This organisation’s credentials come from its tenant: make them there, and link them over the API.',
  },
  secretOnce: {
    region: 'New credentials',
    explanation: {
      OAUTH: (name: string) =>
        `These are the credentials of “${name}”. You will not see the secret again: copy it now.`,
      ACCESS_KEY: (name: string) => `This is the access key of “${name}”. You will not see it again: copy it now.`,
    },
    clientId: 'Client id',
    secret: { OAUTH: 'Client secret', ACCESS_KEY: 'Access key' },
    download: 'Download as .env',
    done: 'Done',
    notCopied: {
      title: 'You have not copied the secret',
      explanation: 'It is not shown again. Without it you would have to regenerate it.',
      back: 'Go back',
      leave: 'Leave without it',
    },
  },
  samples: {
    title: 'Use it',
    languages: 'Languages',
    explanation: {
      OAUTH:
        'A machine gets a token like this, and sends it as “Authorization: Bearer …”. Put the secret into LATCHKEY_CLIENT_SECRET first.',
      ACCESS_KEY: 'A machine sends the key with each request, like this. Put the key into LATCHKEY_ACCESS_KEY first.',
    },
  },
  connection: {
    absent: 'There is no such connection',
    absentExplanation: 'It may have been deleted.',
    secretStates: { CURRENT: 'Secret', RETIRING: 'Old secret' },
    secretMade: 'Made',
    expires: 'accepted until',
    addresses: 'Allowed addresses',
    anyAddress: 'Any',
    created: 'Created',
    changed: 'Last changed',
  },
  actions: actionTexts,
  tokens: {
    title: 'Live tokens',
    none: 'No token is live.',
    id: 'Token',
    issued: 'Issued',
    expires: 'Expires',
    revoke: 'Revoke',
    revokeExplanation: 'The token is refused at once. The machine that has it can get another one.',
    revokeAll: 'Revoke all',
    revokeAllExplanation:
      'Every live token of this connection is refused at once. Its secret stays good, so machines can get new tokens.',
  },
  pager: { newer: 'Newer', older: 'Older' },
  tryIt: {
    explanation: 'Paste an access token to see what the gateway tells whoever introspects it. It counts as one call.',
    token: 'Access token',
    ask: 'Introspect',
    active: 'Active',
    inactive: 'Not active: unknown, expired, revoked, or of another organisation.',
    connection: 'Connection',
    type: 'Token type',
    sandbox: {
      title: 'Sandbox',
      explanation: 'Where it is switched on, Apollo Sandbox runs any operation in your session:',
      link: 'open Sandbox',
    },
  },
  limits: {
    refresh: 'Refresh',
    explanation:
      'The machines of the organisation share these calls. Changes in this console count against none of them.',
    off: 'Calls are not counted here.',
    minute: 'This minute',
    day: 'This day',
    left: (remaining: number, limit: number) =>
      `${remaining.toLocaleString('en')} of ${limit.toLocaleString('en')} calls are left.`,
    resets: 'More come free at',
  },
  audit: {
    none: 'Nothing has been recorded yet.',
    at: 'When',
    actor: 'Who',
    action: 'What',
    target: 'Of what',
    detail: 'Detail',
    actions: {
      'connection.created': 'Created a connection',
      'connection.renamed': 'Renamed a connection',
      'connection.disabled': 'Disabled a connection',
      'connection.enabled': 'Enabled a connection',
      'connection.deleted': 'Deleted a connection',
      'connection.secret_regenerated': 'Regenerated a secret',
      'connection.reset_after_leak': 'Reset a connection after a leak',
      'connection.tokens_revoked': 'Revoked all tokens of a connection',
      'connection.allowed_cidrs_set': 'Set the allowed addresses',
      'connection.upstream_credential_replaced': 'Replaced a tenant’s credential',
      'token.issued': 'Took the shared token',
      'token.revoked': 'Revoked a token',
      'user.signed_in': 'Signed in',
      'user.signed_out': 'Signed out',
    },
  },
} as const;
