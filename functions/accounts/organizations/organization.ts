import * as z from 'zod';
import { AppError, notYetSupported } from '#errors.ts';
import { definedFields } from '#schema/defined-fields.ts';
import { brandingFields, type Branding } from '#schema/branding.ts';
import { emailSettingFields, type EmailSettings } from '#schema/email-settings.ts';
import { TraceSetting } from '#telephony/sip-trace.ts';
import { smsSettingFields, type SmsSettings } from '#schema/sms-settings.ts';
import { Network } from '#schema/ip-address.ts';
import { RecordingNotice } from '#schema/recording-notice.ts';
import { ForwardCallerId } from '#telephony/call-handling.ts';
import { FeatureCodes } from '#telephony/feature-codes.ts';
import { ParkSettings } from '#telephony/parking.ts';
import { NumberSettings } from '#telephony/number-format.ts';
import { Country, Currency, OrganizationId, text, TimeZone } from '#schema/values.ts';
import { beginsWith } from '#schema/searched-text.ts';
import { newProfile } from '../../billing/schema/billing-profile.ts';
import { FirstAdministrator } from './administrator.ts';
import { defaultLimits, limitsWithin, WantedLimits, type Limits } from './limits.ts';
import { assertNoticePermitted } from './organization-settings.ts';

/** Organizations, as they are first stored (functions/accounts/README.md, "Organizations"). */

/** The form in which names of organizations are compared: case and width (NFKC) do not count. */
export const foldName = (name: string): string => name.normalize('NFKC').toLowerCase().trim();

const Clearable = text(200).nullable();
const WantedAddress = z
  .object({
    site_label: Clearable.describe('Name of the site'),
    street: Clearable.describe('Street and house number'),
    city: Clearable.describe('City'),
    state: Clearable.describe('State or province'),
    postal_code: Clearable.describe('Postal code'),
    country: Clearable.describe('Country'),
    phone: Clearable.describe('Phone number'),
  })
  .partial();

export const Security = z.object({
  require_2fa: z.boolean().describe('Whether users need a second factor at log-in'),
  password_rotation_days: z.int().min(0).max(365).describe('Days after which a password expires; 0 (default): never'),
  session_ttl_max: z
    .int()
    .min(300)
    .max(604_800)
    .describe('Longest time to live of a session, in seconds; default 604,800'),
  ip_whitelist: z
    .array(Network)
    .max(50)
    .describe(
      'CIDR blocks from which the API may be used; empty: from anywhere. Does not concern SIP. For its own ' +
        'organization a caller must include its own address',
    ),
});

export const Retention = z.object({
  cdr_days: z.int().min(90).max(3_650).describe('Days for which CDRs are stored; default 730'),
  log_days: z.int().min(30).max(3_650).describe('Days for which logs are stored; default 365'),
});

const clearable = <S extends z.ZodType>(field: S): z.ZodOptional<z.ZodNullable<S>> =>
  field.nullish().describe(`${field.description ?? ''}; null: the default`);

/** `settings.sms` as a body has it: null in place of a field restores its default. */
const WantedSmsSettings = z.object({
  enabled: clearable(smsSettingFields.enabled),
  sender_ids: clearable(smsSettingFields.sender_ids),
  countries: clearable(smsSettingFields.countries),
  flow_countries: clearable(smsSettingFields.flow_countries),
  daily_limit: clearable(smsSettingFields.daily_limit),
  window: clearable(smsSettingFields.window),
  help_text: clearable(smsSettingFields.help_text),
  stop_text: clearable(smsSettingFields.stop_text),
  stop_words: clearable(smsSettingFields.stop_words),
});

/** `settings.email` as a body has it: null in place of a field restores its default. */
const WantedEmailSettings = z.object({
  enabled: clearable(emailSettingFields.enabled),
  notice_limit: clearable(emailSettingFields.notice_limit),
  default_from: clearable(emailSettingFields.default_from),
  default_from_name: clearable(emailSettingFields.default_from_name),
  platform_templates: clearable(emailSettingFields.platform_templates),
});

/** `settings.branding` as a body has it: null in place of a field removes it. */
const WantedBranding = z.object({
  host: clearable(brandingFields.host),
  name: clearable(brandingFields.name),
  accent: clearable(brandingFields.accent),
  accent_dark: clearable(brandingFields.accent_dark),
  logo: clearable(brandingFields.logo),
  icon: clearable(brandingFields.icon),
  support_url: clearable(brandingFields.support_url),
  sign_in_text: clearable(brandingFields.sign_in_text),
});

/** Loose, because `assertSupported` rejects settings by name. */
const WantedSettings = z.looseObject({
  numbers: NumberSettings.nullish().describe(
    'How its switches write numbers. Set by the parent, replaced as a whole; null: as its country does',
  ),
  email: WantedEmailSettings.nullish().describe('E-mail, merged by key; null: the defaults'),
  sms: WantedSmsSettings.nullish().describe('SMS, merged by key; null: the defaults'),
  recording_notice: RecordingNotice.nullish().describe(
    'Notice that both parties hear when the recording of a call begins. It must not be weaker than the country ' +
      'demands. Null: the notice of the country',
  ),
  music_on_hold: z
    .string()
    .max(81)
    .nullish()
    .describe(
      'What a party on hold hears: `default`, `none`, or the id of a ready file of kind `sound`; null: ' +
        '`default`. Applies from the next call on. A file that is deleted or does not play is replaced by the ' +
        'default',
    ),
  operator: z
    .string()
    .regex(/^\+?[0-9*#]{1,20}$/, 'must be an extension or a number')
    .nullish()
    .describe(
      'Extension of a user or ring group, or number, that callers reach by 0 during the greeting of a mailbox; ' +
        'null: none. The organization pays for the call to a number',
    ),
  prompts: z
    .record(z.string(), z.string().max(81).nullable())
    .nullish()
    .describe(
      'Ids of ready files of kind `sound` that are played instead of prompts, in every language, by the names ' +
        'of the prompts. At most 100, merged by name; null removes one. Applies from the next call on',
    ),
  park: ParkSettings.nullish().describe('Slots in which phones park calls, replaced as a whole; null: 701 to 720'),
  feature_codes: FeatureCodes.nullish().describe(
    'Codes that phones dial, by the names of their features, merged by name: null disables one. Null: all defaults',
  ),
  sip_trace: TraceSetting.nullish().describe(
    'Calls whose SIP messages can be read for three days: `failed` ones, `all` or none (`off`); null: `off`',
  ),
  branding: WantedBranding.nullish().describe(
    'How the customers of a reseller see the console, merged by key; null: the brand of the platform. Other ' +
      'organizations have none',
  ),
  forward_caller_id: ForwardCallerId.nullish().describe(
    'Number that a forwarded call shows outside: `forwarder` is that of the user who forwards it. `original` ' +
      'is that of the caller, where the gateway or trunk accepts it (see `foreign_caller_id`). Null: ' +
      '`forwarder`',
  ),
});

type Settings = {
  readonly numbers?: NumberSettings | undefined;
  readonly email?: EmailSettings | undefined;
  readonly sms?: SmsSettings | undefined;
  readonly recording_notice?: RecordingNotice | undefined;
  readonly music_on_hold?: string | undefined;
  readonly operator?: string | undefined;
  readonly prompts?: Readonly<Record<string, string>> | undefined;
  readonly park?: ParkSettings | undefined;
  readonly feature_codes?: FeatureCodes | undefined;
  readonly sip_trace?: TraceSetting | undefined;
  readonly branding?: Branding | undefined;
  readonly forward_caller_id?: ForwardCallerId | undefined;
};

/** Body of `PUT /orgs`. */
export const NewOrganization = z
  .object({
    name: text(200, 1).describe('Name, 1–200 characters; unique among the children of one parent, case ignored'),
    alias: z
      .string()
      .trim()
      .regex(/^[a-z][a-z0-9-]{1,62}$/, 'must match ^[a-z][a-z0-9-]{1,62}$')
      .nullish()
      .describe(
        'Short name, 2–63 characters of a-z 0-9 -; unique on the platform for ever. Its owner may use a former ' +
          'one again',
      ),
    type: z.enum(['customer', 'reseller']).default('customer').describe('Kind; only the operator creates resellers'),
    parent_id: OrganizationId.nullish().describe(
      'Organization that sells to it, for ever. Only the operator names another one, a reseller. Default: the ' +
        "caller's",
    ),
    status: z.enum(['active', 'suspended']).default('active').describe('State'),
    country: Country.describe('Country (ISO 3166-1 alpha-2)'),
    timezone: TimeZone.describe('Time zone (IANA)'),
    address: WantedAddress.nullish().describe('Address; each field up to 200 characters'),
    contacts: z
      .record(z.string(), z.string().nullable())
      .nullish()
      .describe('No contact can be set yet, as the organization has no users'),
    limits: WantedLimits.optional().describe("Limits; at most the reseller's own"),
    security: Security.partial().optional().describe('Rules of log-ins and sessions'),
    retention: Retention.partial().optional().describe('How long records are stored'),
    settings: WantedSettings.optional().describe(
      'Settings, merged by key: `numbers`, `sms`, `email`, `recording_notice`, `music_on_hold`, `operator`, ' +
        '`prompts`, `park`, `feature_codes`, `sip_trace`, `branding` and `forward_caller_id`',
    ),
    currency: Currency.nullish().describe("Currency of the billing profile (ISO 4217). Default: the parent's"),
    admin: FirstAdministrator.nullish().describe('First user, who administers the organization'),
  })
  .meta({ id: 'NewOrganization' });
export type NewOrganization = z.output<typeof NewOrganization>;

const defaultSecurity = {
  require_2fa: false,
  password_rotation_days: 0,
  session_ttl_max: 604_800,
  ip_whitelist: [] as string[],
};
const defaultRetention = { cdr_days: 730, log_days: 365 };

/** Organizations that one reseller may have below it. */
export const maxChildren = 10_000;

export type Stamp = {
  readonly number: number;
  /** Key of the page tokens of its callers: 256 random bits. */
  readonly pageKey: string;
  /** ISO 8601. */
  readonly now: string;
};

/**
 * Merges objects by key: null removes a key, and null in place of the object removes all.
 * @param wanted undefined: nothing changes
 */
export const mergeByKey = <V>(
  current: Readonly<Record<string, V>>,
  wanted: Readonly<Record<string, V | null | undefined>> | null | undefined,
): Record<string, V> =>
  Object.fromEntries(
    Object.entries(wanted === null ? {} : { ...current, ...wanted }).flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [[name, value]],
    ),
  );

/** Settings after a change, which replaces or (null) removes those that are one value, and merges the others. */
export function mergeSettings(current: Settings, wanted: NewOrganization['settings']): Settings {
  const after = { ...current, ...definedFields(wanted ?? {}) };
  const { numbers, recording_notice, music_on_hold, operator, park, sip_trace, forward_caller_id } = after;
  return {
    ...(numbers == null ? {} : { numbers }),
    ...(recording_notice == null ? {} : { recording_notice }),
    ...(music_on_hold == null ? {} : { music_on_hold }),
    ...(operator == null ? {} : { operator }),
    ...mergePrompts(current, wanted),
    ...(park == null ? {} : { park }),
    ...(sip_trace == null ? {} : { sip_trace }),
    ...(forward_caller_id == null ? {} : { forward_caller_id }),
    ...mergeCodes(current, wanted),
    ...mergeEmail(current, wanted),
    ...mergeBranding(current, wanted),
    ...mergeSms(current, wanted),
  };
}

/** The settings of e-mail after a change, which merges them by key; nothing if all have their defaults. */
function mergeEmail(current: Settings, wanted: NewOrganization['settings']): Pick<Settings, 'email'> {
  const email: EmailSettings = mergeByKey({ ...current.email }, wanted?.email);
  return Object.keys(email).length === 0 ? {} : { email };
}

/** The branding after a change, which merges it by key; nothing if it has no field. */
function mergeBranding(current: Settings, wanted: NewOrganization['settings']): Pick<Settings, 'branding'> {
  const branding: Branding = mergeByKey({ ...current.branding }, wanted?.branding);
  return Object.keys(branding).length === 0 ? {} : { branding };
}

/** Null in place of a code is a value: the feature is disabled. */
function mergeCodes(current: Settings, wanted: NewOrganization['settings']): Pick<Settings, 'feature_codes'> {
  const { feature_codes: changes } = wanted ?? {};
  const feature_codes = changes === null ? {} : { ...current.feature_codes, ...definedFields(changes ?? {}) };
  return Object.keys(feature_codes).length > 0 ? { feature_codes } : {};
}

/** Prompts that are replaced after a change, which merges them by name. */
function mergePrompts(current: Settings, wanted: NewOrganization['settings']): Pick<Settings, 'prompts'> {
  const { prompts: changes = {} } = wanted ?? {};
  const prompts = mergeByKey(current.prompts ?? {}, changes);
  return Object.keys(prompts).length > 0 ? { prompts } : {};
}

/** The settings of SMS after a change, which merges them by key; nothing if all have their defaults. */
function mergeSms(current: Settings, wanted: NewOrganization['settings']): Pick<Settings, 'sms'> {
  const sms: SmsSettings = mergeByKey({ ...current.sms }, wanted?.sms);
  return Object.keys(sms).length === 0 ? {} : { sms };
}

type Unbuilt = Pick<Partial<NewOrganization>, 'settings'>;

/** Rejects fields that would have no effect yet, rather than storing them. @throws AppError NOT_YET_SUPPORTED */
export function assertSupported({ settings }: Unbuilt): void {
  const unsupported = {
    settings: Object.keys(settings ?? {}).some((name) => !Object.hasOwn(WantedSettings.shape, name)),
  };
  const [first] = Object.entries(unsupported).filter(([, isGiven]) => isGiven);
  if (first !== undefined) throw notYetSupported(first[0]);
}

/** A new organization has no users that could be contacts. @throws AppError UNKNOWN_USER */
function assertNoContacts({ contacts }: NewOrganization): void {
  const [contact] = Object.entries(contacts ?? {}).filter(([, user]) => user !== null);
  if (contact !== undefined)
    throw new AppError('UNKNOWN_USER', `contacts.${contact[0]} is no user of the organization`, {
      details: [{ path: `contacts.${contact[0]}`, message: 'is no user of the organization' }],
    });
}

type Parent = {
  readonly org_id: number;
  readonly type: 'operator' | 'reseller' | 'customer';
  readonly limits: Limits;
};

/**
 * An organization as it is first stored.
 * @throws AppError NOT_YET_SUPPORTED, UNKNOWN_USER, LIMIT_EXCEEDS_PARENT, RECORDING_NOTICE_REQUIRED
 */
export function newOrganization(wanted: NewOrganization, parent: Parent, { number, pageKey, now }: Stamp) {
  assertSupported(wanted);
  assertNoContacts(wanted);
  assertNoticePermitted(wanted.country, wanted.settings?.recording_notice, 'settings.recording_notice');
  return {
    org_id: number,
    name: wanted.name,
    alias: wanted.alias ?? null,
    type: wanted.type,
    parent_id: parent.org_id,
    status: wanted.status,
    country: wanted.country,
    timezone: wanted.timezone,
    address: mergeByKey({}, wanted.address),
    contacts: {},
    limits: limitsWithin(wanted.limits, parent),
    security: { ...defaultSecurity, ...definedFields(wanted.security ?? {}) },
    retention: { ...defaultRetention, ...definedFields(wanted.retention ?? {}) },
    settings: mergeSettings({}, wanted.settings),
    permission_epoch: 1,
    page_key: pageKey,
    charge_shards: 1,
    created_at: now,
    updated_at: now,
    version: 1,
  };
}

/** The operator's organization, as it is first stored. */
export const operatorOrganization = ({
  name,
  country,
  ...stamp
}: Stamp & { readonly name: string; readonly country: string }) => ({
  ...newOrganization(
    NewOrganization.parse({ name, country, timezone: 'UTC' }),
    { org_id: stamp.number, type: 'operator', limits: defaultLimits },
    stamp,
  ),
  type: 'operator' as const,
  parent_id: null,
});

type Named = { readonly org_id: number; readonly name: string };

/** The billing profile that is created with an organization. */
export const firstProfile = (
  organization: Named,
  { id, currency, now }: { readonly id: string; readonly currency: string; readonly now: string },
) => newProfile({ id, organization: organization.org_id, billingName: organization.name, currency, now });

export type OrganizationFilter = {
  /** Prefix of the name or the alias; case and accents do not count. */
  readonly q?: string | undefined;
  readonly type?: string | undefined;
  readonly status?: string | undefined;
};

type Listed = {
  readonly name: string;
  readonly alias?: string | null;
  readonly type: string;
  readonly status: string;
};

/** Whether an organization matches the filters of a list. */
export const matches = ({ name, alias, type, status }: Listed, filter: OrganizationFilter): boolean =>
  (filter.type === undefined || type === filter.type) &&
  (filter.status === undefined || status === filter.status) &&
  (filter.q === undefined || [name, alias ?? ''].some((each) => each !== '' && beginsWith(each, filter.q ?? '')));
