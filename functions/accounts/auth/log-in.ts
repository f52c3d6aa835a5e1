import * as z from 'zod';
import { AppError, notYetSupported } from '../../../shared/errors.ts';
import { OrganizationId } from '../../../shared/schema/values.ts';

/** Logging in: what is asked, and who may (auth.md, "Log-in"; seed 000, "Obtaining a Token"). */

const clients = ['web', 'mobile', 'api'] as const;
type Client = (typeof clients)[number];

const maxPasswordBytes = 1_024;
const Secret = z
  .string()
  .refine((secret) => Buffer.byteLength(secret) <= maxPasswordBytes, `must have at most ${maxPasswordBytes} bytes`);
const Word = z.string().max(254);
/** In a query and in a form a number is text. */
const Ttl = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^[0-9]{1,6}$/, 'must be a whole number')
      .transform(Number),
  ])
  .pipe(z.int().min(60).max(86_400))
  .meta({ override: { type: 'integer', minimum: 60, maximum: 86_400 }, description: 'Seconds that the token lives' });

/** The fields of a log-in, wherever they come from; which are needed depends on who logs in. */
export const LogInFields = z
  .object({
    username: Word,
    password: Secret,
    client_id: Word,
    client_secret: Secret,
    org_id: OrganizationId,
    orgId: OrganizationId,
    organization_id: OrganizationId,
    ttl: Ttl,
    client: z.enum(clients),
    scope: z.string().max(1_000),
    grant_type: Word,
    session_token: Word,
    totp_code: Word,
    recovery_code: Word,
  })
  .partial()
  .meta({ id: 'LogIn' });
export type LogInFields = z.output<typeof LogInFields>;

/** Seed 002's log-in. */
export const SimpleLogIn = LogInFields.pick({ username: true, password: true, totp_code: true, session_token: true })
  .required({ username: true, password: true })
  .meta({ id: 'SimpleLogIn' });

/** Seconds that its token lives. */
export const simpleLogInLife = 7 * 86_400;

export type LogInKind = 'user' | 'admin' | 'service';

const kinds: Readonly<Record<string, LogInKind>> = {
  user: 'user',
  admin: 'admin',
  service: 'service',
  api: 'service',
  system: 'service',
};

/** Who the path's `{entity}` says is logging in. @throws AppError UNKNOWN_ENTITY */
export function kindOf(entity: string): LogInKind {
  const kind = Object.hasOwn(kinds, entity) ? kinds[entity] : undefined;
  if (kind === undefined) throw new AppError('UNKNOWN_ENTITY', 'One logs in as user, admin, service, api or system');
  return kind;
}

/** Usernames are the same name in any case and width. */
export const foldedUsername = (username: string): string => username.normalize('NFKC').toLowerCase().trim();

const basicForm = /^Basic +([A-Za-z0-9+/=_-]+)$/i;

/** Name and secret of an `Authorization: Basic` header, or nothing (RFC 7617). */
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
function merged(sources: readonly LogInFields[], renamed: Readonly<Record<string, string>>): LogInFields {
  const found: Record<string, string | number> = {};
  for (const [field, value] of sources.flatMap((source) => Object.entries(source))) {
    const name = renamed[field] ?? field;
    if (value === undefined) continue;
    if ((found[name] ?? value) !== value)
      throw new AppError('AMBIGUOUS_CREDENTIALS', `${name} is given twice, with two values`, {
        details: [{ path: name, message: 'is given twice' }],
      });
    found[name] = value;
  }
  return found;
}

function required(
  fields: LogInFields,
  names: readonly ('username' | 'password' | 'client_id' | 'client_secret')[],
): void {
  const missing = names.filter((name) => (fields[name] ?? '') === '');
  if (missing.length > 0)
    throw new AppError('MISSING_FIELD', `Required: ${missing.join(', ')}`, {
      details: missing.map((path) => ({ path, message: 'is required' })),
    });
}

export type UserLogIn = {
  readonly kind: 'user' | 'admin';
  readonly username: string;
  readonly password: string;
  readonly organization: number | undefined;
  readonly ttl: number | undefined;
  readonly client: Client;
};

/** What a person asks for. @throws AppError AMBIGUOUS_CREDENTIALS, MISSING_FIELD, NOT_YET_SUPPORTED */
export function userLogIn(kind: 'user' | 'admin', sources: readonly LogInFields[]): UserLogIn {
  const fields = merged(sources, synonyms);
  const secondFactor = (['session_token', 'totp_code', 'recovery_code'] as const).find(
    (name) => fields[name] !== undefined,
  );
  if (secondFactor !== undefined) throw notYetSupported(secondFactor);
  required(fields, ['username', 'password']);
  const { username = '', password = '', org_id: organization, ttl, client = 'api' } = fields;
  return { kind, username: foldedUsername(username), password, organization, ttl, client };
}

export type ServiceLogIn = {
  readonly clientId: string;
  readonly secret: string;
  readonly organization: number | undefined;
  readonly ttl: number | undefined;
  /** Undefined: all that it has. */
  readonly scopes: readonly string[] | undefined;
};

/** What a service account asks for. @throws AppError AMBIGUOUS_CREDENTIALS, MISSING_FIELD, UNSUPPORTED_GRANT_TYPE */
export function serviceLogIn(sources: readonly LogInFields[]): ServiceLogIn {
  const fields = merged(sources, asService);
  required(fields, ['client_id', 'client_secret']);
  const {
    client_id: clientId = '',
    client_secret: secret = '',
    org_id: organization,
    ttl,
    scope,
    grant_type: grantType,
  } = fields;
  if (grantType !== undefined && grantType !== 'client_credentials')
    throw new AppError('UNSUPPORTED_GRANT_TYPE', 'grant_type must be client_credentials', {
      details: [{ path: 'grant_type', message: 'must be client_credentials' }],
    });
  const scopes = scope?.split(/[\s,]+/).filter((word) => word !== '');
  return { clientId, secret, organization, ttl, scopes };
}

/** The same answer for an unknown name and a wrong password. */
export const invalidCredentials = (): AppError => new AppError('INVALID_CREDENTIALS', 'The credentials are not valid');

type Account = {
  readonly status: 'active' | 'disabled' | 'pending';
  readonly roles: readonly string[];
  readonly access: { readonly web_portal: boolean; readonly mobile_app: boolean };
};

const administrators: readonly string[] = ['operator', 'reseller', 'admin'];

/** Why somebody who knows the password may not log in all the same, or null. */
export function rejectionOf(
  account: Account,
  {
    kind,
    client,
    isLetIn,
  }: Pick<UserLogIn, 'kind' | 'client'> & { /** From this address. */ readonly isLetIn: boolean },
): AppError | null {
  if (account.status !== 'active') return accountDisabled();
  if (!isLetIn) return addressRejected();
  if (kind === 'admin' && !account.roles.some((role) => administrators.includes(role)))
    return new AppError('NOT_ADMIN', 'Only administrators log in here');
  const allowed = { web: account.access.web_portal, mobile: account.access.mobile_app, api: true }[client];
  return allowed ? null : new AppError('CLIENT_NOT_ALLOWED', `This account may not log in by the ${client} client`);
}

export const addressRejected = (): AppError =>
  new AppError('IP_NOT_ALLOWED', 'The organization does not let anybody in from this address');

export const accountDisabled = (): AppError => new AppError('ACCOUNT_DISABLED', 'The account is not active');

/** The scopes that a service account's token has. @throws AppError SCOPE_NOT_PERMITTED */
export function permittedScopes<S extends string>(wanted: readonly string[] | undefined, held: readonly S[]): S[] {
  const beyond = (wanted ?? []).filter((scope) => !(held as readonly string[]).includes(scope));
  if (beyond.length > 0)
    throw new AppError('SCOPE_NOT_PERMITTED', `Not permitted: ${beyond.join(' ')}`, {
      details: beyond.map((message) => ({ path: 'scope', message })),
    });
  return wanted === undefined ? [...held] : held.filter((scope) => wanted.includes(scope));
}
