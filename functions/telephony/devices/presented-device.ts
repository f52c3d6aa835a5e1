import * as z from 'zod';
import { deviceKinds, type Device } from '../../../shared/schema/device.ts';
import { Id, organizationText, Timestamp } from '../../../shared/schema/values.ts';
import { networkQualities, type NetworkQuality } from '../../../shared/telephony/network-quality.ts';
import { Line } from './lines.ts';

/** Devices as they are answered: what their owners wrote, with what their phones do. */

export const deviceStatuses = ['online', 'offline'] as const;
export const provisioningStatuses = ['pending', 'provisioned', 'needs_update', 'failed'] as const;
export const parts = ['lines', 'settings', 'status'] as const;
export type Part = (typeof parts)[number];

const StatusDetails = z.object({
  registration_state: z.enum(['registered', 'unregistered', 'expired']),
  last_registration: Timestamp.nullable(),
  network_quality: z.enum(networkQualities),
  /** Of the present registration. */
  uptime_seconds: z.number().int(),
});

export const PresentedDevice = z
  .object({
    id: Id('dev'),
    organization_id: z.string(),
    kind: z.enum(deviceKinds),
    mac_address: z.string(),
    user_id: z.string().nullable(),
    name: z.string().nullable(),
    model: z.string().nullable(),
    manufacturer: z.string().nullable(),
    template_id: z.string(),
    firmware_version: z.string().nullable(),
    status: z.enum(deviceStatuses),
    ip_address: z.string().nullable(),
    provisioning_status: z.enum(provisioningStatuses),
    /** Shown to those who may change the device. */
    provisioning_url: z.string().nullable(),
    last_seen: Timestamp.nullable(),
    created_at: Timestamp,
    updated_at: Timestamp,
    lines: z.array(Line).optional(),
    settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
    status_details: StatusDetails.optional(),
    /** Lines, settings and template came back from a deleted device. */
    restored: z.literal(true).optional(),
  })
  .meta({ id: 'Device' });

export type LineState = {
  readonly state: 'registered' | 'unregistered' | 'expired';
  /** ISO 8601. */ readonly since: string;
};

/** What the phone does, as far as it is known. */
export type Activity = {
  readonly lines: ReadonlyMap<number, LineState>;
  readonly ip_address: string | null;
  readonly last_seen: string | null;
  readonly firmware_version: string | null;
  readonly network_quality: NetworkQuality;
  /** Newest REGISTER of a present binding, ISO 8601. */
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

const registered = ({ lines }: Pick<Activity, 'lines'>): LineState[] =>
  [...lines.values()].filter(({ state }) => state === 'registered');

/** Online while a line is registered. */
export const statusOf = (activity: Pick<Activity, 'lines'>): (typeof deviceStatuses)[number] =>
  registered(activity).length > 0 ? 'online' : 'offline';

/** Whichever line changed last says how it stands with a device of which none is registered. */
function detailsOf(activity: Activity, now: Date): z.output<typeof StatusDetails> {
  const present = registered(activity);
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
      since === undefined ? 0 : Math.max(0, Math.floor((now.getTime() - new Date(since).getTime()) / 1_000)),
  };
}

export type Presentation = {
  readonly organization: number;
  readonly activity: Activity;
  readonly include: readonly Part[];
  /** Null to those who may not know it. */
  readonly url: string | null;
  readonly now: Date;
};

export function presentDevice(
  device: Device,
  { organization, activity, include, url, now }: Presentation,
): z.input<typeof PresentedDevice> {
  const { lines, settings, config_version: _, version: __, ...shown } = device;
  return {
    ...shown,
    organization_id: organizationText(organization),
    firmware_version: activity.firmware_version,
    status: statusOf(activity),
    ip_address: activity.ip_address,
    provisioning_url: url,
    last_seen: activity.last_seen,
    ...(include.includes('lines')
      ? {
          lines: lines.map((line) => ({
            ...line,
            registered: activity.lines.get(line.line_number)?.state === 'registered',
          })),
        }
      : {}),
    ...(include.includes('settings') ? { settings } : {}),
    ...(include.includes('status') ? { status_details: detailsOf(activity, now) } : {}),
  };
}
