import * as z from 'zod';
import { AppError, errorKinds } from '#errors.ts';
import { isLive, phoneFeatures, type PhoneLine } from '#schema/phone.ts';
import { second } from '#schema/time.ts';
import { Timestamp } from '#schema/values.ts';
import { ha1Of } from '#telephony/ha1.ts';

/** Phone lines: temporary SIP accounts (functions/calls/README.md, "Phone lines"). */

export const phoneErrors = errorKinds({
  SOFTPHONE_DISABLED: [403, 'The user may not use softphones.'],
  PHONE_LIMIT: [429, 'The organization has 1,000 live phone lines.'],
});

/** Live lines of an organization. */
export const maxLines = 1_000;

/** Seconds for which a line may live. */
const ttl = { min: 60, max: 86_400 } as const;

const Features = z.array(z.enum(phoneFeatures));
const featureTexts =
  '`inbound`: it rings for calls to its user; `outbound`: it may begin calls; `park`: it may park calls; ' +
  '`websocket`: it may register over WebSocket';

/** Body of POST. */
export const NewPhone = z
  .object({
    allow_features: Features.min(1)
      .max(phoneFeatures.length)
      .transform((features) => phoneFeatures.filter((feature) => features.includes(feature)))
      .describe(`What the line may do: ${featureTexts}`),
    type: z.literal('dynamic').describe('Kind of the line: it ends by itself'),
    max_expire: z.int().min(ttl.min).max(ttl.max).describe('Seconds after which the line ends'),
    event_callback: z
      .string()
      .max(2_048)
      .nullish()
      .describe('URL that gets the events of the line and of its calls by signed POSTs'),
  })
  .meta({ id: 'NewPhone' });
export type NewPhone = z.output<typeof NewPhone>;

const Username = z.string().describe('SIP user name: 22 hex digits');
const Domain = z.string().describe('SIP domain, which is the realm of its credentials');
const WebSocketUrl = z
  .string()
  .optional()
  .describe('Where the line registers over WebSocket; absent without the feature `websocket`');
const Expires = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
  .describe('When the line ends, in UTC: `2026-11-20 12:00:00`');

const exampleLine = {
  username: 'f8ab70c893d0e9f715094b',
  domain: 'example.com',
  websocket_url: 'wss://phone.example.com/ws',
} as const;

/** A new line as answered. */
export const CreatedPhone = z
  .object({
    username: Username,
    password: z.string().describe('SIP password; shown only here'),
    domain: Domain,
    websocket_url: WebSocketUrl,
    expires: Expires,
  })
  .meta({
    id: 'CreatedPhone',
    example: { ...exampleLine, password: '2Nmgsdos6vwqe756G4CihsAF2k45KfCwEWbm', expires: '2026-11-20 12:00:00' },
  });

const exampleShown = {
  ...exampleLine,
  allow_features: ['inbound', 'outbound', 'websocket'],
  type: 'dynamic',
  user_id: 'usr_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
  status: 'active',
  expires: '2026-11-20 12:00:00',
  created_at: '2026-11-19T12:00:00.000Z',
} as const;

/** A line as answered. */
export const Phone = z
  .object({
    username: Username,
    domain: Domain,
    websocket_url: WebSocketUrl,
    allow_features: Features.describe('What the line may do'),
    type: z.literal('dynamic').describe('Kind of the line'),
    user_id: z.string().nullable().describe('The user whose line it is, if any'),
    status: z.enum(['active', 'ended']).describe('`ended`: it can no longer register or call'),
    expires: Expires,
    created_at: Timestamp.describe('When the line was made'),
  })
  .meta({ id: 'Phone', example: exampleShown });
type Phone = z.input<typeof Phone>;

const Registration = z.object({
  contact: z.string().describe('URI of the registered contact'),
  transport: z.enum(['udp', 'tcp', 'tls', 'ws', 'wss']).describe('Transport on which it registered'),
  user_agent: z.string().nullable().describe('User-Agent of its newest REGISTER'),
  expires_at: Timestamp.describe('When the registration expires'),
});

/** A line with its registrations, as answered. */
export const PhoneWithRegistrations = Phone.extend({
  registrations: z.array(Registration).describe('Its present registrations'),
}).meta({
  id: 'PhoneWithRegistrations',
  example: {
    ...exampleShown,
    registrations: [
      {
        contact: 'sip:f8ab70c893d0e9f715094b@df7jal23ls0d.invalid;transport=ws',
        transport: 'wss',
        user_agent: 'JsSIP 3.10.1',
        expires_at: '2026-11-19T12:10:00.000Z',
      },
    ],
  },
});

type Identity = Pick<PhoneLine, 'username' | 'org_id' | 'user_id' | 'domain'> & { readonly now: Date };

/** A line as first stored. */
export const newLine = (body: NewPhone, { now, ...identity }: Identity): PhoneLine => ({
  ...identity,
  type: body.type,
  allow_features: body.allow_features,
  event_callback: body.event_callback ?? null,
  created_at: now.toISOString(),
  expires_at: new Date(now.getTime() + body.max_expire * second).toISOString(),
  ended_at: null,
  version: 1,
});

/** `2026-11-20 12:00:00`, UTC. */
const secondsText = (at: string): string => at.slice(0, 19).replace('T', ' ');

/** @param url of the WebSocket, if the platform has one */
export const presentNewLine = (
  { username, domain, allow_features, expires_at }: PhoneLine,
  password: string,
  url: string | undefined,
): z.input<typeof CreatedPhone> => ({
  username,
  password,
  domain,
  ...(url !== undefined && allow_features.includes('websocket') ? { websocket_url: url } : {}),
  expires: secondsText(expires_at),
});

/** A line as answered. @param url of the WebSocket, if the platform has one */
export const presentLine = (line: PhoneLine, url: string | undefined, now: Date): Phone => ({
  username: line.username,
  domain: line.domain,
  ...(url !== undefined && line.allow_features.includes('websocket') ? { websocket_url: url } : {}),
  allow_features: [...line.allow_features],
  type: line.type,
  user_id: line.user_id,
  status: isLive(line, now) ? 'active' : 'ended',
  expires: secondsText(line.expires_at),
  created_at: line.created_at,
});

type Owner = { readonly access: { readonly softphone: boolean; readonly device_limit?: number } };

/**
 * Checks whether a user may have one more line.
 * @param count its devices and live lines
 * @param defaultLimit of users without a limit of their own
 * @throws AppError SOFTPHONE_DISABLED, DEVICE_LIMIT
 */
export function assertMayHaveLine({ access }: Owner, count: number, defaultLimit: number): void {
  if (!access.softphone) throw new AppError(phoneErrors.SOFTPHONE_DISABLED, 'The user may not use softphones');
  const limit = access.device_limit ?? defaultLimit;
  if (count >= limit) throw new AppError('DEVICE_LIMIT', `The user may have ${limit} devices and phone lines`);
}

/**
 * The SIP account of a line. Its password is kept as HA1 values only: that of its realm, and those of the realms that
 * may take the place of a deleted domain.
 * @param realms the domains of the organization, and that of the platform
 */
export function accountOf(line: PhoneLine, password: string, realms: readonly string[]) {
  const { username, domain } = line;
  const inRealm = (realm: string) => ha1Of({ username, realm, password });
  return {
    sip_username: username,
    org_id: line.org_id,
    kind: 'line' as const,
    user_id: line.user_id,
    domain,
    ha1: [inRealm(domain)],
    other_ha1: realms.filter((realm) => realm !== domain).map(inRealm),
    allow_features: line.allow_features,
    expires_at: line.expires_at,
    ...(line.event_callback === null ? {} : { event_callback: line.event_callback }),
    version: 1,
  };
}
