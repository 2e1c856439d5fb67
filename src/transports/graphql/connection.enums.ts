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
  description: 'The service a connection reaches.',
  valuesConfig: { GAINSIGHT_API: { description: "Gainsight NXT's REST API." } },
});

export const AuthenticationTypeEnum = { ACCESS_KEY: 'ACCESS_KEY', OAUTH: 'OAUTH' } as const satisfies Record<
  AuthenticationType,
  AuthenticationType
>;
registerEnumType(AuthenticationTypeEnum, {
  name: 'AuthenticationType',
  description: "How a connection's machines authenticate.",
  valuesConfig: {
    ACCESS_KEY: { description: 'An access key in the `accesskey` header. At most 1 connection per organisation.' },
    OAUTH: {
      description: 'An access token obtained with `client_id:client_secret`. At most 15 connections per organisation.',
    },
  },
});

export const ConnectionStatusEnum = { ACTIVE: 'ACTIVE', DISABLED: 'DISABLED' } as const satisfies Record<
  ConnectionStatus,
  ConnectionStatus
>;
registerEnumType(ConnectionStatusEnum, {
  name: 'ConnectionStatus',
  description: "Whether a connection's credentials are accepted.",
  valuesConfig: {
    ACTIVE: { description: 'The credentials are accepted.' },
    DISABLED: { description: 'Every credential is refused until the connection is enabled.' },
  },
});

export const SecretStateEnum = { CURRENT: 'CURRENT', RETIRING: 'RETIRING' } as const satisfies Record<
  SecretState,
  SecretState
>;
registerEnumType(SecretStateEnum, {
  name: 'SecretState',
  description: "A secret's place in its life cycle.",
  valuesConfig: {
    CURRENT: { description: 'The newest secret: the secret to use.' },
    RETIRING: { description: 'A replaced secret, accepted until it expires.' },
  },
});

export const IssuerEnum = { LOCAL: 'LOCAL', UPSTREAM: 'UPSTREAM' } as const satisfies Record<Issuer, Issuer>;
registerEnumType(IssuerEnum, {
  name: 'Issuer',
  description: "Who issues and verifies an organisation's credentials.",
  valuesConfig: {
    LOCAL: { description: 'Latchkey.' },
    UPSTREAM: { description: 'The tenant behind Latchkey.' },
  },
});
