import * as z from 'zod';
import { reads, readsSecret, records, reports, writes } from '#contract/effects.ts';
import { endpoint, raw } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { flag } from '#schema/query.ts';
import { IdInUrl } from '#schema/values.ts';
import { provisioningErrors } from './configuration.ts';

const file = raw(
  ['text/plain', 'application/xml', 'application/json'],
  z.union([z.string(), z.looseObject({})]).meta({ description: "The file, in the format of the phone's manufacturer" }),
);
/** What a file is made of. */
const fileEffects = [
  reads('device'),
  reads('provision'),
  reads('sip-credential'),
  reads('file-text'),
  reads('subscription'),
  reads('user'),
  reads('organization'),
  readsSecret('sealing-keys'),
] as const;

export const getDeviceConfiguration = endpoint('GET /devices/{id}/config', {
  id: 'getDeviceConfiguration',
  summary: 'Get the provisioning file of a device',
  description:
    'The file that the phone fetches, with `********` for each password and for the secret of the URL unless ' +
    '`secrets` is set. Reading passwords records `device.config_read`.',
  scope: 'telephony:read',
  params: { id: IdInUrl.describe('Id of the device') },
  query: {
    secrets: flag.optional().describe('Include passwords; needs the scope `telephony:write`'),
    file: z.string().max(64).optional().describe('Name of the file, if the device has several; default: the first'),
  },
  answers: { 200: file },
  errors: ['INSUFFICIENT_SCOPE', 'NOT_RENDERABLE'],
  effects: [...fileEffects, writes('device'), records('device.config_read')],
  // Reading passwords is audited, and a device whose file cannot be rendered gets the status `failed`.
  writesOnGet: 'provisioning',
  cacheControl: 'no-store',
});

export const fetchProvisioningFile = endpoint('GET /provision/{deviceId}/{secret}/{file}', {
  id: 'fetchProvisioningFile',
  summary: 'Fetch a provisioning file, as a phone does',
  description:
    'A wrong device, secret or file name gives the same 404. So do plain HTTP where the platform has HTTPS, and a ' +
    'device whose user was disabled or deleted. ' +
    'After 20 wrong secrets in 10 minutes, an address gets 429 for further ones; right URLs are always answered. The ' +
    '`ETag` changes with the content. HEAD changes nothing.',
  scope: 'public',
  params: {
    deviceId: z.string().describe('Id of the device'),
    secret: z.string().describe('Secret of the provisioning URL'),
    file: z.string().describe('Name of the file'),
  },
  answers: { 200: file },
  errors: ['RATE_LIMITED'],
  effects: [
    ...fileEffects,
    writes('device'),
    writes('device-state'),
    writes('provision'),
    writes('sip-credential'),
    writes('rate'),
    reports('device.provisioned'),
  ],
  // Wrong secrets are counted.
  writesOnGet: 'provisioning',
  rate: 'none',
  head: true,
  cacheControl: 'no-store',
});

export const provisioning = resource('provisioning', {
  area: 'telephony',
  format: 'standard',
  owner: { user: { device: 'user_id' } },
  errors: provisioningErrors,
  endpoints: [getDeviceConfiguration, fetchProvisioningFile],
});
