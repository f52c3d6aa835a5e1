import * as z from 'zod';
import { AppError, errorKinds, missingField } from '#errors.ts';
import { day, second } from '#schema/time.ts';
import { OrganizationId } from '#schema/values.ts';
import { accountsErrors } from '../schema/errors.ts';
import { foldUsername } from '../schema/username.ts';
import type { FactorCode } from './second-factor.ts';

/** Log-ins: their fields, and which accounts may log in (functions/accounts/auth/README.md, "Log-in"). */

export const logInErrors = errorKinds({
  TWO_FACTOR_REQUIRED: [401, 'The log-in needs a second factor; `session_token` continues it.'],
  NOT_ADMIN: [403, 'The user has no administrator role.'],
  SCOPE_NOT_PERMITTED: [403, 'A requested scope exceeds those of the account; `details` lists them.'],
  UNKNOWN_ENTITY: [404, 'The path does not name a known kind of account.'],
  NOT_A_SESSION: [422, 'An access key has no session to end; `all_sessions=true` ends those of its owner.'],
  UNSUPPORTED_GRANT_TYPE: [422, '`grant_type` must be `client_credentials`.'],
});

const clients = ['web', 'mobile', 'api'] as const;
type Client = (typeof clients)[number];

const maxPasswordBytes = 1_024;
const Secret = z
  .string()
  .refine((secret) => Buffer.byteLength(secret) <= maxPasswordBytes, `must have at most ${maxPasswordBytes} bytes`);
const Word = z.string().max(254);
/** Queries and forms carry numbers as text. */
const Ttl = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^[0-9]{1,6}$/, 'must be a whole number')
      .transform(Number),
  ])
  .pipe(z.int().min(60).max(86_400))
  .meta({
    override: { type: 'integer', minimum: 60, maximum: 86_400 },
    description:
      'Time to live of the token in seconds, at most `session_ttl_max` of the organization. Default: 3,600 for ' +
      'users, 7,200 for service accounts',
  });

/** The fields of a log-in from any source; which are required depends on the kind of account. */
export const LogInFields = z
  .object({
    username: Word.describe('Username of a user; case and width do not count'),
    password: Secret.describe('Password of a user, at most 1,024 bytes'),
    client_id: Word.describe('`client_id` of a service account; may also be sent as `username`'),
    client_secret: Secret.describe('Secret of a service account; may also be sent as `password`'),
    org_id: OrganizationId.describe(
      'Organization of the account. Optional, as names are unique on the platform; with a wrong one the log-in ' +
        'is 401',
    ),
    orgId: OrganizationId.describe('Synonym of `org_id`'),
    organization_id: OrganizationId.describe('Synonym of `org_id`'),
    ttl: Ttl,
    client: z.enum(clients).describe('Kind of client. The account must allow `web` and `mobile`. Default: api'),
    scope: z
      .string()
      .max(1_000)
      .describe('Scopes of the token, separated by commas or blanks (service accounts). Default: all of the account'),
    grant_type: Word.describe('`client_credentials`, if given (service accounts)'),
    session_token: Word.describe(
      'Token (`2fa_…`) of a log-in that waits for its second factor; in place of the password',
    ),
    totp_code: Word.describe('Code of the authenticator app; with `session_token`, or at once with the password'),
    recovery_code: Word.describe('Recovery code, in place of `totp_code`'),
  })
  .partial()
  .meta({ id: 'LogIn' });
export type LogInFields = z.output<typeof LogInFields>;

/** Body of `POST /auth/login`. */
export const SimpleLogIn = LogInFields.pick({
  username: true,
  password: true,
  session_token: true,
  totp_code: true,
  recovery_code: true,
}).meta({ id: 'SimpleLogIn' });

/** Time to live of the token of `POST /auth/login`, in seconds. */
export const simpleLogInTtl = (7 * day) / second;

export type LogInKind = 'user' | 'admin' | 'service';

const kinds: Readonly<Record<string, LogInKind>> = {
  user: 'user',
  admin: 'admin',
  service: 'service',
  api: 'service',
  system: 'service',
};

/** The kind of account that the path's `{entity}` names. @throws AppError UNKNOWN_ENTITY */
export function logInKind(entity: string): LogInKind {
  const kind = Object.hasOwn(kinds, entity) ? kinds[entity] : undefined;
  if (kind === undefined)
    throw new AppError(logInErrors.UNKNOWN_ENTITY, 'The entity must be user, admin, service, api or system');
  return kind;
}

const basicForm = /^Basic +([A-Za-z0-9+/=_-]+)$/i;

/** Name and secret of an `Authorization: Basic` header (RFC 7617); no field if there is none. */
export function basicCredentials(authorization: string | undefined): LogInFields {
  const encoded = basicForm.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return {};
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? {} : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

const synonyms: Readonly<Record<string, string>> = { orgId: 'org_id', organization_id: 'org_id' };
const asService: Readonly<Record<string, string>> = { ...synonyms, username: 'client_id', password: 'client_secret' };

/** The fields of all sources as one. @throws AppError AMBIGUOUS_CREDENTIALS where two of them differ */
function mergeFields(sources: readonly LogInFields[], renamed: Readonly<Record<string, string>>): LogInFields {
  const found: Record<string, string | number> = {};
  for (const [field, value] of sources.flatMap((source) => Object.entries(source))) {
    const name = renamed[field] ?? field;
    if (value === undefined) continue;
    if ((found[name] ?? value) !== value)
      throw new AppError('AMBIGUOUS_CREDENTIALS', `${name} is given twice, with different values`, {
        details: [{ path: name, message: 'is given twice' }],
      });
    found[name] = value;
  }
  return found;
}

type RequiredName = 'username' | 'password' | 'client_id' | 'client_secret';

/** @throws AppError MISSING_FIELD for what is absent or empty */
function assertPresent(fields: LogInFields, names: readonly RequiredName[]): void {
  const [first, ...others] = names.filter((name) => (fields[name] ?? '') === '');
  if (first !== undefined) throw missingField(first, ...others);
}

export type UserLogIn = {
  readonly kind: 'user' | 'admin';
  readonly username: string;
  readonly password: string;
  readonly organization: number | undefined;
  readonly ttl: number | undefined;
  readonly client: Client;
  /** Given with the password; undefined: it is asked for, if the user has a second factor. */
  readonly code: FactorCode | undefined;
};

/** A code for a log-in that waits for it. */
export type WaitingLogIn = {
  readonly kind: 'waiting';
  /** `2fa_…` */
  readonly token: string;
  readonly code: FactorCode;
};

/** @throws AppError AMBIGUOUS_CREDENTIALS for codes of both kinds */
function codeIn({ totp_code: totp, recovery_code: recovery }: LogInFields): FactorCode | undefined {
  if (totp !== undefined && recovery !== undefined)
    throw new AppError('AMBIGUOUS_CREDENTIALS', 'totp_code and recovery_code exclude each other', {
      details: [{ path: 'recovery_code', message: 'excludes totp_code' }],
    });
  if (totp !== undefined) return { kind: 'totp', code: totp };
  return recovery === undefined ? undefined : { kind: 'recovery', code: recovery };
}

/**
 * A person's log-in. With a `session_token` the other credentials are not read.
 * @throws AppError AMBIGUOUS_CREDENTIALS, MISSING_FIELD
 */
export function userLogIn(kind: 'user' | 'admin', sources: readonly LogInFields[]): UserLogIn | WaitingLogIn {
  const fields = mergeFields(sources, synonyms);
  const code = codeIn(fields);
  const { session_token: token } = fields;
  if (token !== undefined) {
    if (code === undefined) throw missingField('totp_code');
    return { kind: 'waiting', token, code };
  }
  assertPresent(fields, ['username', 'password']);
  const { username = '', password = '', org_id: organization, ttl, client = 'api' } = fields;
  return { kind, username: foldUsername(username), password, organization, ttl, client, code };
}

export type ServiceLogIn = {
  readonly kind: 'service';
  readonly clientId: string;
  readonly secret: string;
  readonly organization: number | undefined;
  readonly ttl: number | undefined;
  /** Undefined: all scopes of the account. */
  readonly scopes: readonly string[] | undefined;
};

/** A service account's log-in. @throws AppError AMBIGUOUS_CREDENTIALS, MISSING_FIELD, UNSUPPORTED_GRANT_TYPE */
export function serviceLogIn(sources: readonly LogInFields[]): ServiceLogIn {
  const fields = mergeFields(sources, asService);
  assertPresent(fields, ['client_id', 'client_secret']);
  const {
    client_id: clientId = '',
    client_secret: secret = '',
    org_id: organization,
    ttl,
    scope,
    grant_type: grantType,
  } = fields;
  if (grantType !== undefined && grantType !== 'client_credentials')
    throw new AppError(logInErrors.UNSUPPORTED_GRANT_TYPE, 'grant_type must be client_credentials', {
      details: [{ path: 'grant_type', message: 'must be client_credentials' }],
    });
  const scopes = scope?.split(/[\s,]+/).filter((word) => word !== '');
  return { kind: 'service', clientId, secret, organization, ttl, scopes };
}

/** A log-in of either kind. @throws AppError as {@link userLogIn} and {@link serviceLogIn} */
export const wantedLogIn = (
  kind: LogInKind,
  sources: readonly LogInFields[],
): UserLogIn | WaitingLogIn | ServiceLogIn => (kind === 'service' ? serviceLogIn(sources) : userLogIn(kind, sources));

/** One answer for a wrong code, an expired one and one that was used. */
export const invalidCode = (): AppError =>
  new AppError(accountsErrors.INVALID_TOTP_CODE, 'The code is wrong, expired or used');

/** A pending log-in of `POST /auth/login`, whose success has no place for it. @param token of the log-in, `2fa_…` */
export const factorRequired = (token: string, isSetUp: boolean): AppError =>
  new AppError(
    logInErrors.TWO_FACTOR_REQUIRED,
    isSetUp
      ? 'The organization requires a second factor: set it up at /auth/twofactor with the session_token'
      : 'Send the code of the second factor with the session_token',
    { facts: { session_token: token } },
  );

/** One answer for an unknown name and a wrong password. */
export const invalidCredentials = (): AppError => new AppError('INVALID_CREDENTIALS', 'The credentials are not valid');

const addressRejected = (): AppError =>
  new AppError('IP_NOT_ALLOWED', 'The organization or the account does not allow log-ins from this address');

const outsideHours = (): AppError => new AppError('OUTSIDE_HOURS', 'The account may not log in at this time of day');

const accountDisabled = (): AppError => new AppError(accountsErrors.ACCOUNT_DISABLED, 'The account is not active');

type Account = {
  readonly status: 'active' | 'disabled' | 'pending';
  readonly roles: readonly string[];
  readonly access: { readonly web_portal: boolean; readonly mobile_app: boolean };
};

type LogInCircumstances = {
  /** Whether organization and account allow the address. */
  readonly isAddressAllowed: boolean;
  /** Whether the account may log in at this time. */
  readonly isInHours: boolean;
};

const administrators: readonly string[] = ['operator', 'reseller', 'admin'];

/** Why an account may not log in although its password is right; null if it may. */
export function rejectionOf(
  account: Account,
  { kind, client, ...circumstances }: Pick<UserLogIn, 'kind' | 'client'> & LogInCircumstances,
): AppError | null {
  const rejection = serviceRejection(account, circumstances);
  if (rejection !== null) return rejection;
  if (kind === 'admin' && !account.roles.some((role) => administrators.includes(role)))
    return new AppError(logInErrors.NOT_ADMIN, 'Only administrators may log in as admin');
  const allowed = { web: account.access.web_portal, mobile: account.access.mobile_app, api: true }[client];
  return allowed
    ? null
    : new AppError(accountsErrors.CLIENT_NOT_ALLOWED, `This account may not log in from a ${client} client`);
}

/** Why a service account may not log in although its secret is right; null if it may. */
export function serviceRejection(
  { status }: Pick<Account, 'status'>,
  { isAddressAllowed, isInHours }: LogInCircumstances,
): AppError | null {
  if (status !== 'active') return accountDisabled();
  if (!isAddressAllowed) return addressRejected();
  return isInHours ? null : outsideHours();
}

/** The scopes of a service account's token, in the order of `held`. @throws AppError SCOPE_NOT_PERMITTED */
export function permittedScopes<S extends string>(wanted: readonly string[] | undefined, held: readonly S[]): S[] {
  const beyond = (wanted ?? []).filter((scope) => !(held as readonly string[]).includes(scope));
  if (beyond.length > 0)
    throw new AppError(logInErrors.SCOPE_NOT_PERMITTED, `The account does not have these scopes: ${beyond.join(' ')}`, {
      details: beyond.map((message) => ({ path: 'scope', message })),
    });
  return wanted === undefined ? [...held] : held.filter((scope) => wanted.includes(scope));
}
