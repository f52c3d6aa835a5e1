import { createHash, randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { decodeJwt } from 'jose';
import { monotonicFactory } from 'ulid';
import { newUser } from '#functions/accounts/users/user.ts';
import { namesFor } from '#infra/names.ts';
import { secretVariable, type SecretName } from '#contract/effects.ts';
import type { Store } from '#dynamodb/client.ts';
import type { Scope } from '#contract/scopes.ts';
import { commit } from '#dynamodb/commit.ts';
import { createUserWrites } from '#functions/accounts/rows/user-writes.ts';
import { sessionRow, type SessionItem, type UserItem } from '#dynamodb/rows/user.ts';
import { overwrite } from '#dynamodb/write.ts';
import { builtInRolesOf, effectiveRights } from '#http/authorization/permissions.ts';
import { secretsFromEnvironment, type Secrets } from '#secrets/secrets.ts';
import { tokenSigner } from '#signing/signing-keys.ts';
import { operatorToken, type Outputs } from './cloud.ts';

/**
 * Users of every role with sessions in every state, stored in a local cloud without the checks of their endpoints. A
 * log-in takes a quarter of a second, and the authorization tests need thousands of sessions.
 */
export type People = {
  readonly join: (organization: number, role: string, more?: Partial<UserItem>) => Promise<Member>;
  /** A service account with a known secret. */
  readonly employed: (organization: number, role?: string) => Promise<Member & Credentials>;
  /** The credentials of a new service account. */
  readonly employ: (organization: number) => Promise<Credentials>;
  /** A new session of a user. @returns its bearer token */
  readonly signIn: (member: Member, more?: SessionState) => Promise<string>;
};

export type Credentials = { readonly client_id: string; readonly client_secret: string };

export type Member = { readonly organization: number; readonly user: UserItem };

/**
 * `ttl`: seconds from now, negative for an expired session. `revoked`: the session is not stored. `scopes`: more than
 * built-in roles have. `ownOnly`: limited to own records.
 */
export type SessionState = {
  readonly ttl?: number;
  readonly revoked?: true;
  readonly scopes?: readonly Scope[];
  readonly ownOnly?: readonly Scope[];
};

const names = namesFor('local');
const inSeconds = (date: Date): number => Math.floor(date.getTime() / 1_000);

/** The table of a local cloud. @throws for a deployment on AWS, whose store tests do not access */
export function storeOf({
  AwsEndpointUrl: endpoint,
  AccessKeyId: accessKeyId = '',
  SecretAccessKey: secretAccessKey = '',
  Region: region = '',
}: Outputs): Store {
  if (endpoint === undefined) throw new Error('this is no local cloud');
  return {
    client: new DynamoDBClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } }),
    tableName: names.table,
  };
}

/** The objects of a local cloud. */
export const objectClient = ({
  AwsEndpointUrl: endpoint = '',
  AccessKeyId: accessKeyId = '',
  SecretAccessKey: secretAccessKey = '',
  Region: region = '',
}: Outputs): S3Client =>
  new S3Client({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, forcePathStyle: true });

/** A secret of a local cloud. */
export function secretsOf(outputs: Outputs, secret: SecretName): Secrets {
  const {
    AwsEndpointUrl: endpoint = '',
    AccessKeyId: accessKeyId = '',
    SecretAccessKey: secretAccessKey = '',
    Region: region = '',
  } = outputs;
  const client = new SecretsManagerClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
  return secretsFromEnvironment({ [secretVariable(secret)]: names.secret(secret) }, client);
}

const signerOf = (outputs: Outputs, store: Store, issuer: string) =>
  tokenSigner(store, secretsOf(outputs, 'signing-keys'), issuer);

const credentialsOf = ({ client_id, client_secret }: Credentials): Credentials => ({ client_id, client_secret });

/** @param token any token of the cloud, which names the issuer */
export function peopleIn(outputs: Outputs, token = operatorToken()): People {
  const store = storeOf(outputs);
  return peopleOver(store, signerOf(outputs, store, decodeJwt(token).iss ?? ''));
}

/** People of a store, whose sessions are signed by `sign`. */
export function peopleOver(store: Store, sign: ReturnType<typeof tokenSigner>): People {
  const ulid = monotonicFactory();

  const join: People['join'] = async (organization, role, more = {}) => {
    const id = ulid();
    const made = newUser({
      id: `usr_${id}`,
      username: `${role}-${id.toLowerCase()}`,
      email: null,
      first_name: null,
      last_name: null,
      roles: [role],
      must_change_password: false,
      now: new Date().toISOString(),
    });
    const user: UserItem = { ...made, ...more };
    await commit(store, organization, createUserWrites(user, undefined, { organization, limit: 1_000_000 }));
    return { organization, user };
  };

  const employed: People['employed'] = async (organization, role = 'ingest') => {
    const id = ulid();
    const credentials: Credentials = {
      client_id: `svc_${id.toLowerCase()}`,
      client_secret: randomBytes(32).toString('base64url'),
    };
    const made = newUser({
      id: `svc_${id}`,
      username: credentials.client_id,
      email: null,
      first_name: null,
      last_name: null,
      roles: [role],
      must_change_password: false,
      now: new Date().toISOString(),
    });
    const user: UserItem = { ...made, type: 'service', client_id: credentials.client_id };
    const credential = {
      user_id: user.id,
      secret: createHash('sha256').update(credentials.client_secret).digest('hex'),
      previous_passwords: [],
      version: 1,
    };
    await commit(store, organization, createUserWrites(user, credential, { organization, limit: 1_000_000 }));
    return { organization, user, ...credentials };
  };

  const signIn: People['signIn'] = async (
    { organization, user },
    { ttl = 3_600, revoked, scopes: given, ownOnly: limited } = {},
  ) => {
    const now = new Date();
    const {
      scopes: ofRoles,
      ownOnly,
      reach,
    } = effectiveRights({ roles: builtInRolesOf(user.roles), granted: [], denied: [] });
    const scopes = given ?? ofRoles;
    const session: SessionItem = {
      id: `ses_${ulid()}`,
      user_id: user.id,
      client: 'api',
      ip: '127.0.0.1',
      user_agent: 'test',
      scopes,
      own_only: limited ?? ownOnly,
      reach,
      permission_epoch: 1,
      session_epoch: user.session_epoch,
      created_at: now.toISOString(),
      last_seen_at: now.toISOString(),
      expires_at: inSeconds(now) + ttl,
    };
    if (revoked !== true) await commit(store, organization, [overwrite(sessionRow, session)]);
    return sign(
      {
        user: user.id,
        organization,
        scopes,
        session: session.id,
        tokenId: `jti_${ulid()}`,
        expiresAt: session.expires_at,
      },
      now,
    );
  };
  return { join, employed, employ: async (organization) => credentialsOf(await employed(organization)), signIn };
}
