import * as z from 'zod';
import { deviceKinds, type Device } from '#schema/device.ts';
import { omit } from '#schema/omit.ts';
import { second } from '#schema/time.ts';
import { Id, organizationText, Timestamp } from '#schema/values.ts';
import { networkQualities, type NetworkQuality } from '#telephony/network-quality.ts';
import { mediaEncryptions } from '#telephony/peer-settings.ts';
import { Line } from './lines.ts';

/** Devices as answered: their configuration, and the activity of their phones. */

export const deviceStatuses = ['online', 'offline'] as const;
export const provisioningStatuses = ['pending', 'provisioned', 'needs_update', 'failed'] as const;
export const parts = ['lines', 'settings', 'status'] as const;
export type Part = (typeof parts)[number];

const StatusDetails = z.object({
  registration_state: z.enum(['registered', 'unregistered', 'expired']).describe('State of its lines'),
  last_registration: Timestamp.nullable().describe('Time of the last REGISTER of a registered line'),
  network_quality: z.enum(networkQualities).describe('By loss and latency of the OPTIONS that it is sent'),
  uptime_seconds: z.number().int().describe('Seconds since the oldest present registration began'),
});

export const PresentedDevice = z
  .object({
    id: Id('dev').describe('Id of the device'),
    organization_id: z.string().describe('The organization, such as `org_1001`'),
    kind: z.enum(deviceKinds).describe('Kind of the device'),
    mac_address: z.string().describe('MAC address, such as `00:1A:2B:3C:4D:5E`'),
    user_id: z.string().nullable().describe('User of the device'),
    name: z.string().nullable().describe('Display name'),
    model: z.string().nullable().describe('Model'),
    manufacturer: z.string().nullable().describe('Manufacturer'),
    template_id: z.string().describe('Provisioning template: `tmpl_standard`, or the id of a file'),
    firmware_version: z.string().nullable().describe('User-Agent of its newest REGISTER or file request'),
    status: z.enum(deviceStatuses).describe('`online` while a line is registered'),
    ip_address: z.string().nullable().describe('Source address of its newest REGISTER'),
    provisioning_status: z
      .enum(provisioningStatuses)
      .describe(
        '`pending` before the first fetch of its file; `needs_update` after a change; `failed`: the file cannot be ' +
          'rendered',
      ),
    provisioning_url: z
      .string()
      .nullable()
      .describe('URL to which the phone appends its file name; null for callers without `telephony:write`'),
    last_seen: Timestamp.nullable().describe('Time of its newest REGISTER or file request'),
    created_at: Timestamp.describe('Time of creation'),
    updated_at: Timestamp.describe('Time of the last change'),
    calls_without_registration: z
      .boolean()
      .describe('Whether its phone calls without a registration, from any address: the seller has allowed it'),
    media_encryption: z.enum(mediaEncryptions).describe('SRTP with its phone'),
    locked: z
      .literal(true)
      .optional()
      .describe('Its user was deleted: its phone does not work before another user, or new credentials'),
    lines: z.array(Line).optional().describe('Lines by number, with `include=lines`'),
    settings: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .optional()
      .describe('Settings, with `include=settings`'),
    status_details: StatusDetails.optional().describe('Details of the status, with `include=status`'),
    restored: z.literal(true).optional().describe('Lines, settings or template are those of a deleted device'),
  })
  .meta({ id: 'Device' });

export type LineState = {
  readonly state: 'registered' | 'unregistered' | 'expired';
  /** ISO 8601. */
  readonly since: string;
};

/** Known activity of a phone. */
export type Activity = {
  readonly lines: ReadonlyMap<number, LineState>;
  readonly ip_address: string | null;
  readonly last_seen: string | null;
  readonly firmware_version: string | null;
  readonly network_quality: NetworkQuality;
  /** Newest REGISTER of a present binding, ISO 8601; null also if it was not read. */
  readonly last_registration: string | null;
};

export const unknownActivity: Activity = {
  lines: new Map(),
  ip_address: null,
  last_seen: null,
  firmware_version: null,
  network_quality: 'unknown',
  last_registration: null,
};

const registeredLines = ({ lines }: Pick<Activity, 'lines'>): LineState[] =>
  [...lines.values()].filter(({ state }) => state === 'registered');

/** Online while a line is registered. */
const statusOf = (activity: Pick<Activity, 'lines'>): (typeof deviceStatuses)[number] =>
  registeredLines(activity).length > 0 ? 'online' : 'offline';

/** Without a registered line, the state is that of the line that changed last. */
function detailsOf(activity: Activity, now: Date): z.output<typeof StatusDetails> {
  const present = registeredLines(activity);
  const newest = [...activity.lines.values()].sort((one, other) => (one.since < other.since ? 1 : -1))[0];
  const since = present.map((line) => line.since).sort()[0];
  return {
    registration_state: present.length > 0 ? 'registered' : (newest?.state ?? 'unregistered'),
    last_registration:
      activity.last_registration ??
      present
        .map((line) => line.since)
        .sort()
        .at(-1) ??
      null,
    network_quality: present.length > 0 ? activity.network_quality : 'unknown',
    uptime_seconds:
      since === undefined ? 0 : Math.max(0, Math.floor((now.getTime() - new Date(since).getTime()) / second)),
  };
}

export type Presentation = {
  readonly organization: number;
  readonly activity: Activity;
  readonly include: readonly Part[];
  /** Null if the caller may not know it. */
  readonly url: string | null;
  readonly now: Date;
};

/** A device as answered. SIP user names are part of its provisioning file only. */
export function presentDevice(
  device: Device,
  { organization, activity, include, url, now }: Presentation,
): z.input<typeof PresentedDevice> {
  const { lines, settings } = device;
  return {
    ...omit(device, 'lines', 'settings', 'template_number', 'config_version', 'version'),
    organization_id: organizationText(organization),
    firmware_version: activity.firmware_version,
    status: statusOf(activity),
    ip_address: activity.ip_address,
    provisioning_url: url,
    last_seen: activity.last_seen,
    calls_without_registration: device.calls_without_registration ?? false,
    media_encryption: device.media_encryption ?? 'none',
    ...(include.includes('lines')
      ? {
          lines: lines.map((line) => ({
            ...omit(line, 'sip_username'),
            registered: activity.lines.get(line.line_number)?.state === 'registered',
          })),
        }
      : {}),
    ...(include.includes('settings') ? { settings } : {}),
    ...(include.includes('status') ? { status_details: detailsOf(activity, now) } : {}),
  };
}

export type DeviceFilter = {
  readonly kind?: Device['kind'] | undefined;
  readonly status?: (typeof deviceStatuses)[number] | undefined;
  readonly provisioning_status?: Device['provisioning_status'] | undefined;
  readonly user_id?: string | undefined;
  readonly q?: string | undefined;
};

/** Whether a list with this filter contains the device. */
export const matchesFilter = (
  device: Device,
  activity: Pick<Activity, 'lines'>,
  { kind, status, provisioning_status: provisioning, user_id: user, q }: DeviceFilter,
): boolean =>
  (kind === undefined || device.kind === kind) &&
  (status === undefined || statusOf(activity) === status) &&
  (provisioning === undefined || device.provisioning_status === provisioning) &&
  (user === undefined || device.user_id === user) &&
  (q === undefined || containsText(device, q));

const containsText = ({ name, mac_address: mac, model }: Device, part: string): boolean =>
  [name, mac, model].some((each) => each?.toLowerCase().includes(part.toLowerCase()) === true);
