/** The systems that connectors reach, and how they sign in there (functions/system/data-connectors/README.md). */

export const connectorKinds = [
  'salesforce',
  'dynamics',
  'sugar',
  'zendesk',
  'oracle_fusion',
  'gooddata',
  'ldap',
  'http',
] as const;
export type ConnectorKind = (typeof connectorKinds)[number];

/** Other names of kinds, which are accepted and not answered. */
export const kindAliases = {
  SalesForce: 'salesforce',
  MicrosoftDynamics: 'dynamics',
  Sugar: 'sugar',
} as const satisfies Readonly<Record<string, ConnectorKind>>;

export const authTypes = [
  'oauth',
  'jwt',
  'client_credentials',
  'password',
  'token',
  'basic',
  'simple',
  'none',
  'bearer',
  'header',
] as const;
export type AuthType = (typeof authTypes)[number];

export const secretFields = ['password', 'client_secret', 'token', 'private_key'] as const;
export type SecretField = (typeof secretFields)[number];

/** Fields that some ways to sign in need, and that are no secrets. */
type PlainField = 'username' | 'client_id' | 'organization';

/** A way to sign in: what it needs. */
export type AuthMethod = {
  readonly secrets: readonly SecretField[];
  readonly fields: readonly PlainField[];
  /** The user name is the first part of a Basic credential, which ends at its colon (RFC 7617 §2). */
  readonly isBasic?: true;
};

const needs = (secrets: readonly SecretField[], fields: readonly PlainField[] = []): AuthMethod => ({
  secrets,
  fields,
});
const basic = (secret: SecretField): AuthMethod => ({ secrets: [secret], fields: ['username'], isBasic: true });

export const authMethods: Readonly<Record<ConnectorKind, Readonly<Partial<Record<AuthType, AuthMethod>>>>> = {
  salesforce: {
    oauth: needs(['client_secret', 'token'], ['client_id']),
    jwt: needs(['private_key'], ['client_id', 'username']),
  },
  dynamics: { client_credentials: needs(['client_secret'], ['client_id', 'organization']) },
  sugar: { password: needs(['password', 'client_secret'], ['username', 'client_id']) },
  zendesk: { token: basic('token'), oauth: needs(['token']) },
  oracle_fusion: { basic: basic('password'), oauth: needs(['client_secret'], ['client_id', 'organization']) },
  gooddata: { token: needs(['token']) },
  // A bind with a password and without a name succeeds at many directories, and proves nothing (RFC 4513 §5.1.2).
  ldap: { simple: needs(['password'], ['username']) },
  http: { none: needs([]), basic: basic('password'), bearer: needs(['token']), header: needs(['token']) },
};
