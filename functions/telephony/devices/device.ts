import * as z from 'zod';
import { AppError, invalid, notYetSupported } from '../../../shared/errors.ts';
import { deviceKinds, MacAddress, type Device, type DeviceLine } from '../../../shared/schema/device.ts';
import { given } from '../../../shared/schema/given.ts';
import { OrganizationId, text, TimeZone } from '../../../shared/schema/values.ts';
import { linesFrom, WantedLines } from './lines.ts';
import { guessedManufacturer } from './vendor.ts';

/** Devices as they are made and changed. */

/** The provisioning files that the platform itself has. */
const builtInTemplate = 'tmpl_standard';

const maxSettings = 100;
const settingName = /^[a-z][a-z0-9_.]{0,63}$/;
const Setting = z.union([z.number(), z.boolean(), text(512)]);

const isLanguage = (tag: string): boolean => {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    // RangeError: the runtime's way to say that it is none.
    return false;
  }
};

/** What is known of a setting beyond its form. */
const known = {
  timezone: TimeZone,
  language: z.string().max(35).refine(isLanguage, 'is no language tag (BCP 47)'),
  admin_password: z
    .string()
    .regex(/^[\x20-\x7e]{1,128}$/, 'must have 1 to 128 printable characters')
    .nullable(),
} as const;

const Settings = z
  .record(z.string().regex(settingName, `must match ${settingName.source}`), z.unknown())
  .refine((settings) => Object.keys(settings).length <= maxSettings, `must be at most ${maxSettings}`)
  .pipe(z.object(known).partial().catchall(Setting));

const optional = {
  user_id: z.string().max(81).nullable(),
  name: text(128).nullable(),
  model: text(64).nullable(),
  manufacturer: text(64).nullable(),
  template_id: z.string().max(81),
  lines: WantedLines,
  settings: Settings,
} as const;
const optionalFields = z.object(optional).partial();

/** Body of `PUT /devices/{entity}`. */
export const NewDevice = optionalFields
  .extend({ mac_address: MacAddress, organization_id: OrganizationId.optional() })
  .meta({ id: 'NewDevice' });
export type NewDevice = z.output<typeof NewDevice>;

/** Body of `POST /devices/{entity}`: the fields to change. */
export const DeviceChange = optionalFields
  .extend({
    mac_address: MacAddress.optional(),
    /** New SIP passwords; the old ones go on until the new file is fetched, 24 hours at most. */
    rotate_credentials: z.boolean().optional(),
    /** A new provisioning URL; the old one goes on until the new one is used, 24 hours at most. */
    rotate_secret: z.boolean().optional(),
  })
  .meta({ id: 'DeviceChange' });
export type DeviceChange = z.output<typeof DeviceChange>;

export type Kind = (typeof deviceKinds)[number];

/** A MAC address in a path, in the form in which it is kept. @throws AppError INVALID_MAC */
export function macIn(path: string): string {
  const { data: mac, error } = MacAddress.safeParse(path);
  if (mac === undefined)
    throw new AppError('INVALID_MAC', `macAddress: ${error.issues[0]?.message}`, {
      details: error.issues.map(({ message }) => ({ path: 'macAddress', message })),
    });
  return mac;
}

/** @throws AppError INVALID_DEVICE_TYPE */
export function kindOf(entity: string): Kind {
  const kind = deviceKinds.find((each) => each === entity);
  if (kind === undefined)
    throw new AppError('INVALID_DEVICE_TYPE', `A device is a ${deviceKinds.join(', ')}, not ${entity}`);
  return kind;
}

/**
 * Template files come with files; until then there is what is built in. @throws AppError NOT_YET_SUPPORTED,
 * VALIDATION_FAILED
 */
function checkTemplate(template: string | undefined): void {
  if (template === undefined || template === builtInTemplate) return;
  throw template.startsWith('file_')
    ? notYetSupported('template_id')
    : invalid('template_id', `must be ${builtInTemplate} or a provisioning template`);
}

type Given = z.output<typeof Settings>;

/** Settings as they are stored: the password of the phone's own pages is a secret, and lies elsewhere. */
function plainSettings(given: Given): Device['settings'] {
  const { admin_password: _, ...settings } = given;
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** What was kept of a device with the same MAC address. */
export type Kept = {
  readonly template_id: string;
  readonly lines: readonly Omit<DeviceLine, 'sip_username'>[];
  readonly settings: Device['settings'];
};

type Stamp = {
  readonly id: string;
  readonly kind: Kind;
  readonly now: string;
  readonly kept: Kept | undefined;
  readonly newUsername: () => string;
};

/** What the body leaves out. */
const blank = { name: null, user_id: null, model: null, manufacturer: null } as const;

/** A new device; without lines of its own it takes up what was kept. @throws AppError 422 */
export function newDevice(wanted: NewDevice, { id, kind, now, kept, newUsername }: Stamp): Device {
  checkTemplate(wanted.template_id);
  const { organization_id: _, lines, settings, template_id: template, ...fields } = wanted;
  const device: Device = {
    ...blank,
    ...given(fields),
    id,
    kind,
    mac_address: wanted.mac_address,
    template_id: template ?? kept?.template_id ?? builtInTemplate,
    lines: linesFrom(lines ?? WantedLines.parse(kept?.lines ?? []), [], newUsername),
    settings: settings === undefined ? (kept?.settings ?? {}) : plainSettings(settings),
    provisioning_status: 'pending',
    config_version: 1,
    created_at: now,
    updated_at: now,
    version: 1,
  };
  return { ...device, manufacturer: device.manufacturer ?? guessedManufacturer(device) };
}

/** Fields that stand in the provisioning file, or decide its form. */
const configured = [
  'model',
  'manufacturer',
  'template_id',
  'user_id',
  'lines',
  'settings',
] as const satisfies readonly (keyof Device)[];

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** The password of the phone's own pages: a new one, `null` where it goes, absent where it stays. */
export const adminPassword = ({ settings }: Pick<DeviceChange, 'settings'>): string | null | undefined =>
  settings?.admin_password;

/**
 * Its file names its own URL; and its name, where lines have no label: whoever asks for that gets it, and nobody is
 * told to.
 */
const withNewFile = (before: Device, after: Device, isNewConfiguration: boolean): Device => ({
  ...after,
  ...(isNewConfiguration ? { provisioning_status: 'needs_update' } : {}),
  config_version: before.config_version + (isNewConfiguration || before.name !== after.name ? 1 : 0),
});

/** The device with the changes of a POST. @throws AppError 422 */
export function changedDevice(
  device: Device,
  wanted: DeviceChange,
  { now, newUsername }: Pick<Stamp, 'now' | 'newUsername'>,
): Device {
  checkTemplate(wanted.template_id);
  if (wanted.mac_address !== undefined && wanted.mac_address !== device.mac_address)
    throw invalid('mac_address', 'the MAC address of a device does not change');
  const {
    mac_address: _,
    rotate_credentials: credentials = false,
    rotate_secret: secret = false,
    lines,
    settings,
    ...fields
  } = wanted;
  const next: Device = {
    ...device,
    ...given(fields),
    lines: lines === undefined ? device.lines : linesFrom(lines, device.lines, newUsername),
    settings: settings === undefined ? device.settings : plainSettings(settings),
    updated_at: now,
    version: device.version + 1,
  };
  const isNewConfiguration =
    credentials ||
    secret ||
    adminPassword(wanted) !== undefined ||
    configured.some((field) => !isSame(device[field], next[field]));
  return withNewFile(device, next, isNewConfiguration);
}
