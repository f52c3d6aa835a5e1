import * as z from 'zod';
import { after } from '../../../shared/contract/consequences.ts';
import { reads, readsSecret, records, rotatesSecret, unique, writes } from '../../../shared/contract/effects.ts';
import { endpoint, listOf } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { deviceKinds } from '../../../shared/schema/device.ts';
import { flag, listOfWords, pageQuery } from '../../../shared/schema/query.ts';
import { Deletion, IdInUrl } from '../../../shared/schema/values.ts';
import { DeviceChange, NewDevice } from './device.ts';
import { deviceStatuses, parts, PresentedDevice, provisioningStatuses } from './presented-device.ts';

/** What a device is shown with. */
const shown = [reads('device'), reads('device-state'), reads('provision'), readsSecret('sealing-keys')] as const;
/** What is found by a device and its lines. */
const found = [writes('device-line'), writes('sip-credential'), writes('provision')] as const;
/** Whose a device and its extensions may be. */
const owned = [reads('user'), reads('user-extension'), reads('device', 'GSI1')] as const;
const include = listOfWords(parts).optional();

export const listDevices = endpoint('GET /devices', {
  summary: 'List devices',
  scope: 'telephony:read',
  query: {
    ...pageQuery,
    q: z.string().max(128).optional(),
    kind: z.enum(deviceKinds).optional(),
    status: z.enum(deviceStatuses).optional(),
    user_id: IdInUrl.optional(),
    provisioning_status: z.enum(provisioningStatuses).optional(),
    extension: z
      .string()
      .regex(/^[0-9*#]{1,16}$/)
      .optional(),
    include,
  },
  answers: { 200: listOf(PresentedDevice) },
  errors: [],
  effects: [...shown, reads('device', 'GSI1'), reads('device-line')],
});

export const getDevice = endpoint('GET /devices/{id}', {
  summary: 'Get a device',
  description: '`include`: lines, settings, status (`status_details`).',
  scope: 'telephony:read',
  params: { id: IdInUrl },
  query: { include },
  answers: { 200: PresentedDevice },
  errors: [],
  effects: [...shown, reads('binding', 'GSI1'), reads('binding-refresh')],
});

export const getDeviceByMac = endpoint('GET /devices/mac/{macAddress}', {
  summary: 'Get a device by its MAC address',
  description: 'Twelve hex digits, plain or with `:` or `-`.',
  scope: 'telephony:read',
  params: { macAddress: z.string().meta({ examples: ['001A2B3C4D5E'] }) },
  query: { include },
  answers: { 200: PresentedDevice },
  errors: ['INVALID_MAC'],
  brokenRule: 400,
  effects: [...shown, reads('device-mac'), reads('binding', 'GSI1'), reads('binding-refresh')],
});

export const putDevice = endpoint('PUT /devices/{id}', {
  summary: 'Create a device of a kind: phone, softphone or ata',
  description:
    'Seed 001 calls {id} {entity}. One whose MAC address a device had that was deleted with `keep_config` gets its lines, settings and template back, unless it brings lines.',
  scope: 'telephony:write',
  params: { id: z.string() },
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
    'NOT_YET_SUPPORTED',
  ],
  effects: [
    writes('device'),
    unique('device-mac'),
    writes('device-kept'),
    ...found,
    ...owned,
    writes('count'),
    rotatesSecret('sealing-keys'),
    records('device.created'),
  ],
  answersSecret: true,
});

export const postDevice = endpoint('POST /devices/{id}', {
  summary: 'Update a device, or rotate its credentials or the secret of its provisioning URL',
  description:
    '`lines` and `settings` are replaced as wholes. `rotate_credentials`, `rotate_secret`: what was before goes on until the new configuration is fetched, 24 hours at most.',
  scope: 'telephony:write',
  params: { id: IdInUrl },
  body: DeviceChange,
  answers: { 200: PresentedDevice },
  errors: ['INVALID_MAC', 'EXTENSION_IN_USE', 'DEVICE_LIMIT', 'LIMIT_EXCEEDED', 'UNKNOWN_USER', 'NOT_YET_SUPPORTED'],
  effects: [
    writes('device'),
    reads('device-state'),
    ...found,
    ...owned,
    rotatesSecret('sealing-keys'),
    records('device.updated'),
    records('device.secret_rotated'),
  ],
  answersSecret: true,
});

export const deleteDevice = endpoint('DELETE /devices/{id}', {
  summary: 'Delete a device',
  description: '`keep_config` keeps its lines, settings and template for 90 days, for one with the same MAC address.',
  scope: 'telephony:write',
  params: { id: IdInUrl },
  query: { keep_config: flag.optional() },
  answers: { 200: Deletion },
  errors: [],
  effects: [
    writes('device'),
    unique('device-mac'),
    writes('device-kept'),
    ...found,
    writes('device-state'),
    writes('device-reboot'),
    writes('count'),
    records('device.deleted'),
  ],
});

export const devices = resource('devices', {
  area: 'telephony',
  format: 'standard',
  endpoints: [listDevices, getDevice, getDeviceByMac, putDevice, postDevice, deleteDevice],
  cascades: [
    after('user.deleted', [reads('device', 'GSI1'), writes('device'), writes('device-line'), writes('sip-credential')]),
    after('device.deleted', [reads('binding', 'GSI1'), writes('binding')]),
    after('org.closed', [
      writes('device'),
      writes('device-line'),
      writes('device-mac'),
      writes('device-kept'),
      writes('device-reboot'),
      writes('device-state'),
      writes('provision'),
      writes('sip-credential'),
      writes('count'),
      reads('user-extension'),
      reads('binding', 'GSI1'),
      writes('binding'),
    ]),
  ],
});
