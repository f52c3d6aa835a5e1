import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { reads, readsSecret, records, rotatesSecret, unique, writes } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { deviceKinds } from '#schema/device.ts';
import { flag, listOfWords, pageQuery } from '#schema/query.ts';
import { UserInUrl } from '#schema/user-in-url.ts';
import { Deletion, IdInUrl } from '#schema/values.ts';
import { telephonyErrors } from '../schema/errors.ts';
import { DeviceChange, NewDevice, deviceErrors } from './device.ts';
import { examples } from './examples.ts';
import { deviceStatuses, parts, PresentedDevice, provisioningStatuses } from './presented-device.ts';

const DeviceId = IdInUrl.describe('Id of the device');
const include = listOfWords(parts)
  .optional()
  .describe('Comma-separated: `lines`, `settings`, `status` (adds `status_details`)');

/** What an answer is made of. */
const presentEffects = [
  reads('device'),
  reads('device-state'),
  reads('provision'),
  readsSecret('sealing-keys'),
] as const;
/** What a device and its lines are found by. */
const lookupEffects = [writes('device-line'), writes('sip-credential'), writes('provision')] as const;
/** The domains of the organization, in which accounts register, and their number of changes. */
const domainEffects = [reads('domain'), reads('count')] as const;
/** A template, and the reference to it. */
const templateEffects = [writes('file'), reads('file-text'), writes('reference')] as const;
/** What decides whether a user may have the device and its extensions. */
const ownerEffects = [reads('user'), reads('user-extension'), reads('device', 'GSI1'), reads('phone', 'GSI2')] as const;

export const listDevices = endpoint('GET /devices', {
  id: 'listDevices',
  summary: 'List devices',
  description: 'Newest first.',
  scope: 'telephony:read',
  query: {
    ...pageQuery,
    q: z.string().max(128).optional().describe('Only devices whose name, MAC address or model contains this text'),
    kind: z.enum(deviceKinds).optional().describe('Only devices of this kind'),
    status: z.enum(deviceStatuses).optional().describe('Only devices of this status'),
    user_id: UserInUrl.optional().describe('Only devices of this user; `me`: of the caller'),
    provisioning_status: z.enum(provisioningStatuses).optional().describe('Only devices of this provisioning status'),
    extension: z
      .string()
      .regex(/^[0-9*#]{1,16}$/, 'must have 1 to 16 digits, * or #')
      .optional()
      .describe('Only devices with a primary or shared line of this extension'),
    include,
  },
  answers: { 200: listOf(PresentedDevice) },
  errors: [],
  effects: [...presentEffects, reads('device', 'GSI1'), reads('device-line')],
});

export const getDevice = endpoint('GET /devices/{id}', {
  id: 'getDevice',
  summary: 'Get a device',
  scope: 'telephony:read',
  params: { id: DeviceId },
  query: { include },
  answers: { 200: PresentedDevice },
  errors: [],
  effects: [...presentEffects, reads('binding', 'GSI1'), reads('binding-refresh')],
});

export const getDeviceByMac = endpoint('GET /devices/mac/{macAddress}', {
  id: 'getDeviceByMac',
  summary: 'Get a device by its MAC address',
  scope: 'telephony:read',
  params: {
    macAddress: z
      .string()
      .meta({ examples: ['001A2B3C4D5E'], description: 'Twelve hex digits, plain or in pairs with `:` or `-`' }),
  },
  query: { include },
  answers: { 200: PresentedDevice },
  errors: ['INVALID_MAC'],
  brokenRule: 400,
  effects: [...presentEffects, reads('device-mac'), reads('binding', 'GSI1'), reads('binding-refresh')],
});

export const createDevice = endpoint('PUT /devices/{id}', {
  id: 'createDevice',
  summary: 'Create a device',
  description:
    'A device with the MAC address of one that was deleted with `keep_config` gets its template, settings and lines ' +
    'back, unless the body has lines (`restored`). An organization has at most `limits.max_devices` devices (default ' +
    '10,000), and a user as many devices and phone lines as its device limit allows (default 5).',
  scope: 'telephony:write',
  unversioned: true,
  params: { id: z.string().describe('Kind of the device: `phone`, `softphone` or `ata`') },
  nullIsAbsent: ['admin_password'],
  body: NewDevice,
  answers: { 201: PresentedDevice },
  errors: [
    'INVALID_DEVICE_TYPE',
    'INVALID_MAC',
    'MAC_EXISTS',
    'EXTENSION_IN_USE',
    'DEVICE_LIMIT',
    'LIMIT_EXCEEDED',
    'UNKNOWN_USER',
    'INVALID_TEMPLATE',
    'NOT_THE_SELLER',
  ],
  actsOn: { none: 'a phone signs in by itself: whose it is changes no account' },
  effects: [
    writes('device'),
    unique('device-mac'),
    writes('device-kept'),
    ...lookupEffects,
    ...ownerEffects,
    ...domainEffects,
    ...templateEffects,
    writes('count'),
    rotatesSecret('sealing-keys'),
    records('device.created'),
  ],
  answersSecret: true,
});

export const updateDevice = endpoint('POST /devices/{id}', {
  id: 'updateDevice',
  summary: 'Update a device, or rotate its credentials or provisioning URL',
  description:
    'Changes the given fields; `lines` and `settings` are replaced whole. Rotated credentials and URLs stay valid ' +
    'until the device fetches its new file, at most 24 hours. A change that is too large for one transaction is ' +
    '`LIMIT_EXCEEDED`.',
  scope: 'telephony:write',
  params: { id: DeviceId },
  body: DeviceChange,
  answers: { 200: PresentedDevice },
  errors: [
    'INVALID_MAC',
    'EXTENSION_IN_USE',
    'DEVICE_LIMIT',
    'LIMIT_EXCEEDED',
    'UNKNOWN_USER',
    'INVALID_TEMPLATE',
    'NOT_THE_SELLER',
  ],
  actsOn: { none: 'a phone signs in by itself: whose it is changes no account' },
  effects: [
    writes('device'),
    reads('device-state'),
    ...lookupEffects,
    ...ownerEffects,
    ...domainEffects,
    ...templateEffects,
    rotatesSecret('sealing-keys'),
    records('device.updated'),
    records('device.secret_rotated'),
  ],
  answersSecret: true,
});

export const deleteDevice = endpoint('DELETE /devices/{id}', {
  id: 'deleteDevice',
  summary: 'Delete a device',
  description:
    'Its accounts, registrations, provisioning URL and pending reboot are deleted with it. Routes of numbers to it ' +
    'are cleared.',
  scope: 'telephony:write',
  params: { id: DeviceId },
  query: {
    keep_config: flag
      .optional()
      .describe('Keep template, settings and lines for 90 days, for a new device with the MAC address; no credentials'),
  },
  answers: { 200: Deletion },
  errors: [],
  effects: [
    writes('device'),
    unique('device-mac'),
    writes('device-kept'),
    ...lookupEffects,
    writes('device-state'),
    writes('device-reboot'),
    writes('reference'),
    writes('count'),
    records('device.deleted'),
  ],
});

export const devices = resource('devices', {
  area: 'telephony',
  format: 'standard',
  // A limit of devices counts the devices and phone lines of a user: those of others must not show.
  owner: { user: { device: 'user_id', phone: 'user_id', user: 'id' } },
  errors: { ...deviceErrors, ...telephonyErrors },
  endpoints: [listDevices, getDevice, getDeviceByMac, createDevice, updateDevice, deleteDevice],
  examples,
  cascades: [
    cascadeAfter('user.deleted', [
      reads('device', 'GSI1'),
      writes('device'),
      writes('device-line'),
      writes('sip-credential'),
    ]),
    cascadeAfter('device.deleted', [reads('binding', 'GSI1'), writes('binding')]),
    cascadeAfter('file.deleted', [writes('device'), writes('reference')]),
    cascadeAfter('file.ready', [writes('device'), reads('file'), reads('reference')]),
    cascadeAfter('org.closed', [
      writes('device'),
      writes('device-line'),
      writes('device-mac'),
      writes('device-kept'),
      writes('device-reboot'),
      writes('device-state'),
      writes('provision'),
      writes('sip-credential'),
      writes('reference'),
      writes('count'),
      reads('user-extension'),
      reads('binding', 'GSI1'),
      writes('binding'),
    ]),
  ],
});
