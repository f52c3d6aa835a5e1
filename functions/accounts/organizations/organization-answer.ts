import * as z from 'zod';
import { organizationText, text, Timestamp } from '#schema/values.ts';
import { Branding } from '#schema/branding.ts';
import { EmailSettings } from '#schema/email-settings.ts';
import { TraceSetting } from '#telephony/sip-trace.ts';
import { SmsSettings } from '#schema/sms-settings.ts';
import { RecordingNotice } from '#schema/recording-notice.ts';
import { ForwardCallerId } from '#telephony/call-handling.ts';
import { FeatureCodes } from '#telephony/feature-codes.ts';
import { ParkSettings } from '#telephony/parking.ts';
import { NumberSettings } from '#telephony/number-format.ts';
import { Limits } from './limits.ts';
import { Retention, Security } from './organization.ts';

/** Organizations as answered. */

const Line = text(200);
const Address = z
  .object({
    site_label: Line.describe('Name of the site'),
    street: Line.describe('Street and house number'),
    city: Line.describe('City'),
    state: Line.describe('State or province'),
    postal_code: Line.describe('Postal code'),
    country: Line.describe('Country'),
    phone: Line.describe('Phone number'),
  })
  .partial();

export const Organization = z
  .object({
    id: z.string().describe('Id, such as org_1001'),
    org_id: z.int().describe('The same as a number'),
    name: z.string().describe('Name'),
    alias: z.string().nullable().describe('Short name'),
    type: z.enum(['operator', 'reseller', 'customer']).describe('Kind'),
    parent_id: z.string().nullable().describe('Organization that sells to it; null for the operator'),
    status: z.enum(['active', 'suspended', 'closed']).describe('State'),
    country: z.string().describe('Country (ISO 3166-1 alpha-2)'),
    timezone: z.string().describe('Time zone (IANA)'),
    address: Address.describe('Address'),
    contacts: z
      .object({
        admin_user_id: z.string().nullable().describe('User for administrative questions'),
        tech_user_id: z.string().nullable().describe('User for technical questions'),
        finance_user_id: z.string().nullable().describe('User for questions of billing'),
      })
      .describe('Users to contact'),
    limits: Limits.describe('Limits'),
    security: Security.describe('Rules of log-ins and sessions'),
    retention: Retention.describe('How long records are stored'),
    settings: z
      .object({
        numbers: NumberSettings.optional().describe('How the switches of the organization write numbers'),
        email: EmailSettings.optional().describe('E-mail'),
        sms: SmsSettings.optional().describe('SMS'),
        recording_notice: RecordingNotice.optional().describe(
          'Notice that both parties hear when the recording of a call begins; absent: what the country demands',
        ),
        music_on_hold: z
          .string()
          .optional()
          .describe('What a party on hold hears: `default`, `none`, or the id of a file of kind `sound`'),
        operator: z
          .string()
          .optional()
          .describe('Extension or number that callers reach by 0 during the greeting of a mailbox'),
        prompts: z
          .record(z.string(), z.string())
          .optional()
          .describe('Ids of files of kind `sound` that are played instead of prompts, by their names'),
        park: ParkSettings.optional().describe('Slots in which phones park calls'),
        feature_codes: FeatureCodes.optional(),
        sip_trace: TraceSetting.optional().describe('Calls whose SIP messages can be read; absent: none'),
        branding: Branding.optional().describe('How customers of the reseller see the console'),
        forward_caller_id: ForwardCallerId.optional().describe(
          'Number that a forwarded call shows outside: of the forwarding user, or of the caller. Absent: `forwarder`',
        ),
      })
      .describe('Settings'),
    created_at: Timestamp.describe('Time of creation'),
    updated_at: Timestamp.describe('Time of the last change'),
    closed_at: Timestamp.optional().describe('Time of closing, of a closed organization'),
    version: z.int().describe('Version, which each change increases'),
  })
  .meta({ id: 'Organization' });

export const CountedOrganization = Organization.extend({
  counts: z
    .object({
      users: z.int().describe('Users and service accounts'),
      devices: z.int().describe('Devices'),
      trunks: z.int().describe('SIP trunks'),
      numbers: z.int().describe('Phone numbers'),
      domains: z.int().describe('Domains'),
      children: z.int().describe('Child organizations'),
    })
    .describe('Number of its resources'),
}).meta({ id: 'CountedOrganization' });

export const CreatedOrganization = Organization.extend({
  admin_user_id: z.string().nullable().describe('Id of the first user'),
  admin_password: z.string().optional().describe('Password of the first user, if it was generated; shown only once'),
}).meta({ id: 'CreatedOrganization' });

type Shown = z.output<typeof Organization>;

/** An organization as stored. */
export type StoredOrganization = Omit<
  Shown,
  'id' | 'parent_id' | 'alias' | 'contacts' | 'security' | 'closed_at' | 'address'
> & {
  readonly closed_at?: string;
  readonly alias?: string | null;
  readonly parent_id: number | null;
  readonly address: Readonly<Record<string, string>>;
  readonly contacts: {
    readonly admin_user_id?: string;
    readonly tech_user_id?: string;
    readonly finance_user_id?: string;
  };
  readonly security: Omit<Shown['security'], 'ip_whitelist'> & { readonly ip_whitelist: readonly string[] };
};

export const presentOrganization = (organization: StoredOrganization): z.input<typeof Organization> => ({
  ...organization,
  id: organizationText(organization.org_id),
  alias: organization.alias ?? null,
  security: { ...organization.security, ip_whitelist: [...organization.security.ip_whitelist] },
  parent_id: organization.parent_id === null ? null : organizationText(organization.parent_id),
  contacts: { admin_user_id: null, tech_user_id: null, finance_user_id: null, ...organization.contacts },
});

/** Counts by kind of resource; a kind without a count has none. */
export const presentCounts = (counts: Readonly<Record<string, number>>) => ({
  users: counts['users'] ?? 0,
  devices: counts['devices'] ?? 0,
  trunks: counts['trunks'] ?? 0,
  numbers: counts['numbers'] ?? 0,
  domains: counts['domains'] ?? 0,
  children: counts['children'] ?? 0,
});
