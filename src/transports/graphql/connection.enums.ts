import { registerEnumType } from 'type-graphql';
import type {
  AuthenticationType,
  ConnectionStatus,
  Connector,
  SecretState,
} from '../../domain/connections/connection.js';
import type { Issuer } from '../../domain/organizations/organization.js';

export const ConnectorEnum = { GAINSIGHT_API: 'GAINSIGHT_API' } as const satisfies Record<Connector, Connector>;
registerEnumType(ConnectorEnum, {
  name: 'Connector',
  description: 'What a connection connects to.',
  valuesConfig: { GAINSIGHT_API: { description: 'The REST API of Gainsight NXT.' } },
});

export const AuthenticationTypeEnum = { ACCESS_KEY: 'ACCESS_KEY', OAUTH: 'OAUTH' } as const satisfies Record<
  AuthenticationType,
  AuthenticationType
>;
registerEnumType(AuthenticationTypeEnum, {
  name: 'AuthenticationType',
  description: 'How the machines of a connection authenticate.',
  valuesConfig: {
    ACCESS_KEY: { description: 'By an access key in the `accesskey` header. One for each organisation.' },
    OAUTH: { description: 'By an access token got for `client_id:client_secret`. Fifteen for each organisation.' },
  },
});

export const ConnectionStatusEnum = { ACTIVE: 'ACTIVE', DISABLED: 'DISABLED' } as const satisfies Record<
  ConnectionStatus,
  ConnectionStatus
>;
registerEnumType(ConnectionStatusEnum, {
  name: 'ConnectionStatus',
  description: 'Whether the credentials of a connection are accepted.',
  valuesConfig: {
    ACTIVE: { description: 'They are.' },
    DISABLED: { description: 'All of them are refused, until the connection is enabled again.' },
  },
});

export const SecretStateEnum = { CURRENT: 'CURRENT', RETIRING: 'RETIRING' } as const satisfies Record<
  SecretState,
  SecretState
>;
registerEnumType(SecretStateEnum, {
  name: 'SecretState',
  description: 'Where a secret stands in its life.',
  valuesConfig: {
    CURRENT: { description: 'The newest: the one to use.' },
    RETIRING: { description: 'Replaced, and accepted until it expires.' },
  },
});

export const IssuerEnum = { LOCAL: 'LOCAL', UPSTREAM: 'UPSTREAM' } as const satisfies Record<Issuer, Issuer>;
registerEnumType(IssuerEnum, {
  name: 'Issuer',
  description: 'Who makes and checks the credentials of an organisation.',
  valuesConfig: {
    LOCAL: { description: 'Latchkey.' },
    UPSTREAM: { description: 'The tenant that Latchkey stands in front of.' },
  },
});
