import * as z from 'zod';
import { reads, readsSecret, records, writes } from '../../../shared/contract/effects.ts';
import { endpoint, raw } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { flag } from '../../../shared/schema/query.ts';
import { IdInUrl } from '../../../shared/schema/values.ts';

const file = raw(
  ['text/plain', 'application/xml', 'application/json'],
  z.union([z.string(), z.looseObject({})]).meta({ description: "The file, in the form of the phone's maker" }),
);
/** What a file is made of. */
const rendered = [reads('device'), reads('provision'), reads('sip-credential'), readsSecret('sealing-keys')] as const;

export const getConfiguration = endpoint('GET /devices/{id}/config', {
  summary: 'Get the provisioning file of a device',
  description:
    'As the phone fetches it, but for its passwords, which `secrets=true` shows to callers with `telephony:write` (audited). `file` picks one of several.',
  scope: 'telephony:read',
  params: { id: IdInUrl },
  query: { secrets: flag.optional(), file: z.string().max(64).optional() },
  answers: { 200: file },
  errors: ['INSUFFICIENT_SCOPE', 'NOT_RENDERABLE'],
  effects: [...rendered, writes('device'), records('device.config_read')],
  writesOnGet: 'that passwords were read is audited, and a device of which no file can be made is known by that',
  cacheControl: 'no-store',
});

export const fetchFile = endpoint('GET /provision/{deviceId}/{secret}/{file}', {
  summary: 'What a phone fetches: its configuration file',
  description:
    'A wrong device, secret or name is the same 404; more than 20 of them from one address in 10 minutes are 429.',
  scope: 'public',
  params: { deviceId: z.string(), secret: z.string(), file: z.string() },
  answers: { 200: file },
  errors: ['RATE_LIMITED'],
  effects: [
    ...rendered,
    writes('device'),
    writes('device-state'),
    writes('provision'),
    writes('sip-credential'),
    writes('rate'),
    records('device.provisioned'),
  ],
  writesOnGet: 'the device is provisioned by being fetched from, and misses are counted',
  rate: 'none',
  head: true,
  cacheControl: 'no-store',
});

export const provisioning = resource('provisioning', {
  area: 'telephony',
  format: 'standard',
  endpoints: [getConfiguration, fetchFile],
});
