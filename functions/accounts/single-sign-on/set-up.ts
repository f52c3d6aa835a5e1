import * as z from 'zod';
import { AppError, invalid, missingField } from '#errors.ts';
import { omit } from '#schema/omit.ts';
import { organizationText, text, Timestamp } from '#schema/values.ts';
import { singleSignOnErrors } from './errors.ts';

/** The set-up of log-ins by Salesforce (functions/accounts/auth/README.md, "Single sign-on"). */

const sharedLogIn = 'https://login.salesforce.com';
const maxRedirectUris = 10;
const LoginUrl = z.string().max(512);
const RedirectUri = z.string().max(1_024);
/** What answers have in place of the secret. */
const mask = '***';

/** Body of `PUT /auth/salesforce/{orgId}`. Absent fields stay, or have their defaults at first. */
export const SalesforceChange = z
  .object({
    client_id: text(512, 1).describe('Consumer key of the connected app'),
    client_secret: z
      .string()
      .min(1)
      .max(1_024)
      .describe('Consumer secret; required at first, never answered. If it is absent or `***`, the secret stays'),
    login_url: LoginUrl.describe(
      'Issuer: a host of `*.salesforce.com`, or one that the operator allows (`SALESFORCE_HOSTS`). Default: ' +
        '`https://login.salesforce.com`, where users of all Salesforce organizations log in. Use your My Domain ' +
        'with `auto_link` or `auto_provision`',
    ),
    redirect_uris: z
      .array(RedirectUri)
      .min(1)
      .max(maxRedirectUris)
      .describe(
        'Pages that take the code, 1 to 10, compared exactly; https, or http on localhost. That of the console is ' +
          'the address of the platform, with `/` at its end',
      ),
    auto_link: z
      .boolean()
      .describe(
        'Whether a verified e-mail address links a user at its first log-in. As the provider then names the user, ' +
          'the caller needs the rights of an administrator. Default: false',
      ),
    auto_provision: z
      .boolean()
      .describe(
        'Whether unknown people with a verified e-mail address become users, named by it and without a password. ' +
          'Default: false',
      ),
    default_role: text(32, 1).describe('Role of users that are made. Default: `agent`'),
    require_2fa: z
      .boolean()
      .describe(
        'Whether the second factor of the platform is required too. `security.require_2fa` requires it in any ' +
          'case. Default: false',
      ),
    email_verified_as_text: z
      .boolean()
      .describe(
        'Whether the text `"true"` as the claim `email_verified` verifies an address, too. Some providers send it in ' +
          'place of the boolean. Default: false',
      ),
    enabled: z.boolean().describe('Whether log-ins are possible. Default: true'),
  })
  .partial()
  .meta({ id: 'SalesforceChange' });
export type SalesforceChange = z.output<typeof SalesforceChange>;

/** As answered. */
export const PresentedSetUp = z
  .object({
    client_id: z.string().describe('Consumer key of the connected app'),
    client_secret: z.literal(mask).describe('Always `***`: the secret is never answered'),
    login_url: z.string().describe('Issuer'),
    redirect_uris: z.array(z.string()).describe('Pages that take the code'),
    auto_link: z.boolean().describe('Whether a verified e-mail address links a user'),
    auto_provision: z.boolean().describe('Whether unknown users are made'),
    default_role: z.string().describe('Role of users that are made'),
    require_2fa: z.boolean().describe('Whether the second factor of the platform is required too'),
    email_verified_as_text: z.boolean().describe('Whether the text `"true"` verifies an address, too'),
    enabled: z.boolean().describe('Whether log-ins are possible'),
    org_id: z.string().describe('Organization'),
    updated_at: Timestamp.describe('Time of the last change'),
  })
  .meta({
    id: 'SalesforceSetUp',
    example: {
      client_id: '3MVG9lKcPoNINVBIPJjdw1J9LLM82HnFVVX19KY1uA5mu0QqEWhqKpoW3svG3X',
      client_secret: mask,
      login_url: 'https://acme.my.salesforce.com',
      redirect_uris: ['https://portal.example.com/sso'],
      auto_link: true,
      auto_provision: false,
      default_role: 'agent',
      require_2fa: false,
      email_verified_as_text: false,
      enabled: true,
      org_id: 'org_1001',
      updated_at: '2026-01-31T12:00:00.000Z',
    },
  });

/** A set-up as stored; the secret is in the credentials. */
export type SetUp = {
  readonly client_id: string;
  readonly login_url: string;
  readonly redirect_uris: readonly string[];
  readonly auto_link: boolean;
  readonly auto_provision: boolean;
  readonly default_role: string;
  readonly require_2fa: boolean;
  /** Absent: false. */
  readonly email_verified_as_text?: boolean | undefined;
  readonly enabled: boolean;
  readonly updated_at: string;
  readonly version: number;
};

/** Hosts of issuers besides those of Salesforce (`SALESFORCE_HOSTS`): `sso.example.com` or `sso.example.com:8443`. */
export type Hosts = readonly string[];

export const hostsIn = (setting: string | undefined): Hosts =>
  (setting ?? '')
    .split(',')
    .map((each) => each.trim().toLowerCase())
    .filter((each) => each !== '');

/** Whether requests for a log-in may go to a URL. */
export function isAllowedHost({ protocol, hostname, host }: URL, hosts: Hosts): boolean {
  if (protocol !== 'https:') return false;
  return hostname.endsWith('.salesforce.com') || hosts.includes(hostname) || hosts.includes(host);
}

/** An issuer without a slash at its end (OpenID Connect Discovery 1.0 §4.1). @throws AppError VALIDATION_FAILED */
function readIssuer(address: string, hosts: Hosts): string {
  const url = URL.parse(address);
  if (url === null || !isAllowedHost(url, hosts))
    throw invalid('login_url', 'must be https, with a host of Salesforce');
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw invalid('login_url', 'must have no user, query or fragment');
  return url.href.replace(/\/+$/, '');
}

const localHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** @throws AppError VALIDATION_FAILED */
function assertRedirectUri(address: string, at: number): void {
  const url = URL.parse(address);
  const isLocal = url?.protocol === 'http:' && localHosts.has(url.hostname);
  if (url === null || (url.protocol !== 'https:' && !isLocal))
    throw invalid(`redirect_uris[${at}]`, 'must be https, or http on localhost');
  if (address.includes('#') || url.username !== '' || url.password !== '')
    throw invalid(`redirect_uris[${at}]`, 'must have no fragment and no user');
}

const defaults = {
  login_url: sharedLogIn,
  auto_link: false,
  auto_provision: false,
  default_role: 'agent',
  require_2fa: false,
  email_verified_as_text: false,
  enabled: true,
};

/** The secret of a request; undefined: it stays. A client may send back what was answered. */
export const newSecretOf = ({ client_secret: secret }: SalesforceChange): string | undefined =>
  secret === mask ? undefined : secret;

/**
 * The set-up after a request.
 * @throws AppError MISSING_FIELD for what is required at first, VALIDATION_FAILED
 */
export function changeSetUp(before: SetUp | undefined, wanted: SalesforceChange, hosts: Hosts, now: string): SetUp {
  if (wanted.client_id === undefined) throw missingField('client_id');
  const { redirect_uris: uris = before?.redirect_uris } = wanted;
  if (before === undefined && newSecretOf(wanted) === undefined) throw missingField('client_secret');
  if (uris === undefined) throw missingField('redirect_uris');
  for (const [at, uri] of uris.entries()) assertRedirectUri(uri, at);
  const given = Object.fromEntries(
    Object.entries(omit(wanted, 'client_secret')).filter(([, value]) => value !== undefined),
  ) as Partial<SetUp>;
  const after = { ...defaults, ...before, ...given, client_id: wanted.client_id, redirect_uris: [...new Set(uris)] };
  return {
    ...after,
    login_url: readIssuer(after.login_url, hosts),
    updated_at: now,
    version: (before?.version ?? 0) + 1,
  };
}

/** Who may let a verified address log in as any user needs the rights of an administrator. */
export const rightsOfSetUp = ({ auto_link: links, default_role: role }: SetUp): readonly string[] =>
  links ? [role, 'admin'] : [role];

/** Any organization of Salesforce logs in there, so that others must not be let in by their addresses. */
export const warningsOf = ({ login_url: url, auto_link, auto_provision }: SetUp): string[] =>
  /^https:\/\/(?:login|test)\.salesforce\.com$/.test(url) && (auto_link || auto_provision)
    ? [
        `${url} lets users of all Salesforce organizations log in: use your My Domain as login_url, or let the ` +
          'connected app admit pre-authorized users only',
      ]
    : [];

export const presentSetUp = (setUp: SetUp, organization: number): z.input<typeof PresentedSetUp> => ({
  ...omit(setUp, 'version'),
  email_verified_as_text: setUp.email_verified_as_text ?? false,
  redirect_uris: [...setUp.redirect_uris],
  client_secret: mask,
  org_id: organizationText(organization),
});

/** One answer for an unknown organization, and one without a set-up or with one that is off. */
export const notConfigured = (): AppError =>
  new AppError(singleSignOnErrors.SSO_NOT_CONFIGURED, 'The organization has no log-in by Salesforce');

/** The page of a log-in: the named one, or the first. @throws AppError REDIRECT_URI_NOT_ALLOWED */
export function redirectUriOf({ redirect_uris: uris }: SetUp, wanted: string | undefined): string {
  const uri = wanted ?? uris[0] ?? '';
  if (!uris.includes(uri))
    throw new AppError(singleSignOnErrors.REDIRECT_URI_NOT_ALLOWED, 'The set-up does not have this redirect_uri', {
      details: [{ path: 'redirect_uri', message: 'is not allowed' }],
    });
  return uri;
}

/** The audit event of a change. @param before undefined for the first set-up */
export const configuredEvent = (
  organization: number,
  before: SetUp | undefined,
  after: SetUp,
  isNewSecret: boolean,
) => ({
  entity: { type: 'org', id: organizationText(organization) },
  description: 'Log-in by Salesforce configured',
  fields: { new_secret: isNewSecret },
  ...(before === undefined ? {} : { before, after }),
});
