import * as z from 'zod';
import { AppError, errorKinds, invalid } from '#errors.ts';
import { builtInTemplate, deviceKinds, MacAddress, type Device, type DeviceLine } from '#schema/device.ts';
import type { File } from '#schema/file.ts';
import { definedFields } from '#schema/defined-fields.ts';
import { omit } from '#schema/omit.ts';
import { parseTemplate, textPositionOf, TemplateFault } from '#schema/template-syntax.ts';
import { LanguageTag, OrganizationId, text, TimeZone } from '#schema/values.ts';
import { mediaEncryptions } from '#telephony/peer-settings.ts';
import { buildLines, WantedLines } from './lines.ts';
import { guessManufacturer } from './vendor.ts';

/** Devices as created and changed (`functions/telephony/devices/README.md`). */

export const deviceErrors = errorKinds({
  INVALID_DEVICE_TYPE: [400, 'The path does not name a known kind of device.'],
  MAC_EXISTS: [409, 'A device with this MAC address exists.'],
});

const maxSettings = 100;
const settingName = /^[a-z][a-z0-9_.]{0,63}$/;
const Setting = z.union([z.number(), z.boolean(), text(512)]);

/** Settings with rules beyond their form. */
const knownSettings = {
  timezone: TimeZone.describe('IANA time zone'),
  language: LanguageTag.describe('Language tag (BCP 47)'),
  admin_password: z
    .string()
    .regex(/^[\x20-\x7e]{1,128}$/, 'must have 1 to 128 printable characters')
    .nullable()
    .describe("Password of the phone's own pages, write-only; null removes it"),
} as const;

const Settings = z
  .record(z.string().regex(settingName, `must match ${settingName.source}`), z.unknown())
  .refine((settings) => Object.keys(settings).length <= maxSettings, `must have at most ${maxSettings} entries`)
  .pipe(z.object(knownSettings).partial().catchall(Setting))
  .describe('Settings of the phone: up to 100 names with texts of up to 512 characters, numbers or booleans');

const optionalFields = z
  .object({
    user_id: z
      .string()
      .max(81)
      .nullable()
      .describe(
        'User of the device; null: none. Devices and live phone lines of a user count towards its device limit',
      ),
    name: text(128).nullable().describe('Display name'),
    model: text(64).nullable().describe('Model'),
    manufacturer: text(64)
      .nullable()
      .describe('Manufacturer; if absent, guessed from the MAC address, then from the model'),
    template_id: z
      .string()
      .max(81)
      .describe(
        'Provisioning template: `tmpl_standard` (default), or the id of a ready file of kind `provisioning_template`',
      ),
    lines: WantedLines.describe('Lines: up to 48, and up to 16 of them primary or shared'),
    settings: Settings,
    calls_without_registration: z
      .boolean()
      .describe(
        'Whether its phone calls without a registration, from any address. Only the seller changes it; default false',
      ),
    media_encryption: z
      .enum(mediaEncryptions)
      .describe(
        'SRTP with its phone. `none` (default): if the phone offers it. `prefer`: it is offered over TLS, and calls ' +
          'without it are possible. `require`: calls without it, or not over TLS, are rejected (488)',
      ),
  })
  .partial();

const Mac = MacAddress.describe(
  'MAC address: twelve hex digits, plain or in pairs with `:` or `-`; unique on the platform, not multicast, not all ' +
    'zero',
);

/** Body of `PUT /devices/{id}`. */
export const NewDevice = optionalFields
  .extend({ mac_address: Mac, organization_id: OrganizationId.optional() })
  .meta({ id: 'NewDevice' });
export type NewDevice = z.output<typeof NewDevice>;

/** Body of `POST /devices/{id}`: the fields to change. */
export const DeviceChange = optionalFields
  .extend({
    mac_address: Mac.optional().describe('MAC address of the device, which cannot change'),
    rotate_credentials: z
      .boolean()
      .optional()
      .describe('New SIP passwords; the old ones are valid until the new file is fetched, at most 24 hours'),
    rotate_secret: z
      .boolean()
      .optional()
      .describe('New provisioning URL; the old one is valid until the new one is used, at most 24 hours'),
  })
  .meta({ id: 'DeviceChange' });
export type DeviceChange = z.output<typeof DeviceChange>;

export type Kind = (typeof deviceKinds)[number];

/** A MAC address in a path, in its stored form. @throws AppError INVALID_MAC */
export function parseMac(path: string): string {
  const { data: mac, error } = MacAddress.safeParse(path);
  if (mac === undefined)
    throw new AppError('INVALID_MAC', `macAddress: ${error.issues[0]?.message}`, {
      details: error.issues.map(({ message }) => ({ path: 'macAddress', message })),
    });
  return mac;
}

/** @throws AppError INVALID_DEVICE_TYPE */
export function parseKind(entity: string): Kind {
  const kind = deviceKinds.find((each) => each === entity);
  if (kind === undefined)
    throw new AppError(
      deviceErrors.INVALID_DEVICE_TYPE,
      `The kind of a device is ${deviceKinds.join(', ')}, not ${entity}`,
    );
  return kind;
}

/** A file that is a template, as far as a device refers to it. */
export type TemplateFile = { readonly id: string; readonly number: number };

type ReadTemplate = {
  readonly file: Pick<File, 'id' | 'kind' | 'content'> | undefined;
  /** Its content. */
  readonly text: string | undefined;
};

/**
 * The template that a device names; undefined for the built-in one.
 * @throws AppError VALIDATION_FAILED if there is no such template; INVALID_TEMPLATE, with line and column
 */
export function templateOf(id: string, { file, text }: ReadTemplate): TemplateFile | undefined {
  if (id === builtInTemplate) return undefined;
  if (file === undefined || file.content === null || file.kind !== 'provisioning_template' || text === undefined)
    throw invalid('template_id', `must be ${builtInTemplate} or a ready file of kind provisioning_template`);
  assertReadable(text);
  return { id: file.id, number: file.content.number };
}

/** @throws AppError INVALID_TEMPLATE */
function assertReadable(text: string): void {
  try {
    parseTemplate(text);
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error;
    const { line, column } = textPositionOf(text, error.at);
    const message = `line ${line}, column ${column}: ${error.message}`;
    throw new AppError('INVALID_TEMPLATE', `The template cannot be read: ${message}`, {
      details: [{ path: 'template_id', message }],
    });
  }
}

const templateFields = (template: TemplateFile | undefined) =>
  ({ template_id: template?.id ?? builtInTemplate, template_number: template?.number ?? null }) as const;

/** Settings as stored: without the admin password, which is a secret and is stored apart. */
const plainSettings = (settings: z.output<typeof Settings>): Device['settings'] =>
  Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) =>
      name === 'admin_password' || value === undefined || value === null ? [] : [[name, value]],
    ),
  );

/** Configuration that was kept of a deleted device with the same MAC address. */
export type KeptConfiguration = {
  readonly template_id: string;
  readonly lines: readonly Omit<DeviceLine, 'sip_username'>[];
  readonly settings: Device['settings'];
};

type Identity = {
  readonly id: string;
  readonly kind: Kind;
  /** ISO 8601. */
  readonly now: string;
  readonly kept: KeptConfiguration | undefined;
  /** The template that it has; undefined: the built-in one. */
  readonly template?: TemplateFile | undefined;
  readonly newUsername: () => string;
};

const defaults = { name: null, user_id: null, model: null, manufacturer: null } as const;

/** A new device; absent lines and settings are taken from the kept configuration. @throws AppError 422 */
export function newDevice(body: NewDevice, { id, kind, now, kept, template, newUsername }: Identity): Device {
  const { lines, settings } = body;
  const device: Device = {
    ...defaults,
    ...definedFields(omit(body, 'organization_id', 'lines', 'settings', 'template_id')),
    id,
    kind,
    mac_address: body.mac_address,
    ...templateFields(template),
    lines: buildLines(lines ?? WantedLines.parse(kept?.lines ?? []), [], newUsername),
    settings: settings === undefined ? (kept?.settings ?? {}) : plainSettings(settings),
    provisioning_status: 'pending',
    config_version: 1,
    created_at: now,
    updated_at: now,
    version: 1,
  };
  return { ...device, manufacturer: device.manufacturer ?? guessManufacturer(device) };
}

/** Fields that the provisioning file contains, or that decide its format. */
const configurationFields = [
  'model',
  'manufacturer',
  'template_id',
  'user_id',
  'lines',
  'settings',
  'media_encryption',
] as const satisfies readonly (keyof Device)[];

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/**
 * What a stranger has from a phone that calls from anywhere pays for the stranger's calls: the seller answers for it.
 * @throws AppError NOT_THE_SELLER if another caller than the seller changes it
 */
export function assertMayMark(
  { calls_without_registration: wanted }: Pick<DeviceChange, 'calls_without_registration'>,
  { calls_without_registration: current = false }: Pick<Device, 'calls_without_registration'>,
  isSeller: boolean,
): void {
  if (isSeller || wanted === undefined || wanted === current) return;
  throw new AppError('NOT_THE_SELLER', 'Only the seller may let a phone call without a registration', {
    details: [{ path: 'calls_without_registration', message: 'may be changed by the seller only' }],
  });
}

/** The password of the phone's own pages; null removes it, undefined keeps it. */
export const adminPassword = ({ settings }: Pick<DeviceChange, 'settings'>): string | null | undefined =>
  settings?.admin_password;

/**
 * A new name makes a new file, as lines without a label show it, but does not demand an update: `config_version` rises
 * and the provisioning status stays.
 */
const withConfigVersion = (before: Device, after: Device, needsUpdate: boolean): Device => ({
  ...after,
  ...(needsUpdate ? { provisioning_status: 'needs_update' } : {}),
  config_version: before.config_version + (needsUpdate || before.name !== after.name ? 1 : 0),
});

/** A locked device with all secrets new is unlocked. */
const afterRotation = (
  device: Device,
  { rotate_credentials: credentials, rotate_secret: secret }: DeviceChange,
): Device => (credentials === true && secret === true ? omit(device, 'locked') : device);

/**
 * The device after a POST.
 * @param template the one that it has after it, if the body names one
 * @throws AppError VALIDATION_FAILED
 */
export function changeDevice(
  device: Device,
  body: DeviceChange,
  { now, newUsername, template }: Pick<Identity, 'now' | 'newUsername' | 'template'>,
): Device {
  if (body.mac_address !== undefined && body.mac_address !== device.mac_address)
    throw invalid('mac_address', 'the MAC address of a device cannot change');
  const { rotate_credentials: credentials = false, rotate_secret: secret = false, lines, settings } = body;
  const after: Device = {
    ...afterRotation(device, body),
    ...definedFields(
      omit(body, 'mac_address', 'rotate_credentials', 'rotate_secret', 'lines', 'settings', 'template_id'),
    ),
    ...(body.template_id === undefined ? {} : templateFields(template)),
    lines: lines === undefined ? device.lines : buildLines(lines, device.lines, newUsername),
    settings: settings === undefined ? device.settings : plainSettings(settings),
    updated_at: now,
    version: device.version + 1,
  };
  const needsUpdate =
    credentials ||
    secret ||
    adminPassword(body) !== undefined ||
    configurationFields.some((field) => !isSame(device[field], after[field]));
  return withConfigVersion(device, after, needsUpdate);
}

/** The device without its template, whose file was deleted. */
export const clearTemplate = (device: Device): Device => ({
  ...withConfigVersion(device, { ...device, ...templateFields(undefined) }, true),
  version: device.version + 1,
});

/** The device with the present content of its template. */
export const followTemplate = (device: Device, number: number): Device => ({
  ...withConfigVersion(device, { ...device, template_number: number }, true),
  version: device.version + 1,
});

/**
 * The change of a device whose user was deleted: it unlocks the device if it names another user, or rotates a secret.
 * Then all secrets are new, as the former user may know them.
 */
export function unlockingChange(device: Device, change: DeviceChange): DeviceChange {
  const { user_id: user = device.user_id, rotate_credentials: credentials, rotate_secret: secret } = change;
  const unlocks = device.locked === true && (user !== device.user_id || credentials === true || secret === true);
  return unlocks ? { ...change, rotate_credentials: true, rotate_secret: true } : change;
}

/** What a change rotates, in the words of its events. */
export const rotatedSecrets = ({ rotate_credentials: credentials, rotate_secret: secret }: DeviceChange): string[] => [
  ...(credentials === true ? ['credentials'] : []),
  ...(secret === true ? ['provisioning secret'] : []),
];

/** @param count devices and phone lines that the user has @throws AppError DEVICE_LIMIT */
export function assertDeviceLimit(count: number, limit: number): void {
  if (count >= limit) throw new AppError('DEVICE_LIMIT', `The user may have ${limit} devices and phone lines`);
}
