import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { callsOut, reads, records, reports, writes } from '#contract/effects.ts';
import { endpoint, listOf, noContent } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { pageQuery } from '#schema/query.ts';
import { examples } from './examples.ts';
import { CreatedPhone, NewPhone, Phone, PhoneWithRegistrations, phoneErrors } from './phone.ts';

const params = {
  username: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must have 1 to 64 letters, digits, - or _')
    .meta({ description: 'SIP user name of the line', examples: ['f8ab70c893d0e9f715094b'] }),
};

/** Wrong values are 400 here, with the same code in the body as in the query. */
const errorNames = { VALIDATION_FAILED: 'INVALID_PARAMETER' } as const;

export const createPhone = endpoint('POST /Phones', {
  id: 'createPhone',
  summary: 'Create a phone line',
  description:
    'A temporary SIP account for a softphone or a browser. It belongs to the caller, if that is a user of the ' +
    'organization. The password is shown only in this answer. An organization has at most 1,000 live lines, and a ' +
    'user as many devices and live lines as its device limit allows.',
  scope: 'calls:write',
  body: NewPhone,
  answers: { 201: CreatedPhone },
  errors: ['SOFTPHONE_DISABLED', 'DEVICE_LIMIT', 'PHONE_LIMIT', 'WEBHOOK_URL_NOT_ALLOWED'],
  brokenRule: 400,
  errorNames,
  effects: [
    writes('phone'),
    reads('phone', 'GSI2'),
    writes('sip-credential'),
    writes('count'),
    writes('due'),
    reads('user'),
    reads('device', 'GSI1'),
    reads('domain'),
    callsOut(),
    records('phone.created'),
  ],
  answersSecret: true,
});

export const listPhones = endpoint('GET /Phones', {
  id: 'listPhones',
  summary: 'List live phone lines',
  description: 'Newest first.',
  scope: 'calls:read',
  query: pageQuery,
  answers: { 200: listOf(Phone, 'phones') },
  errors: [],
  effects: [reads('phone', 'GSI1'), reads('phone', 'GSI2')],
});

export const getPhone = endpoint('GET /Phones/{username}', {
  id: 'getPhone',
  summary: 'Get a phone line and its registrations',
  description: 'An ended line can be read for 24 hours.',
  scope: 'calls:read',
  params,
  answers: { 200: PhoneWithRegistrations },
  errors: [],
  effects: [reads('phone'), reads('binding'), reads('binding-refresh')],
});

export const deletePhone = endpoint('DELETE /Phones/{username}', {
  id: 'deletePhone',
  summary: 'End a phone line',
  description:
    'It can no longer register, its registrations end within seconds, and its calls end. A line that has ended is ' +
    'answered alike.',
  scope: 'calls:write',
  unversioned: true,
  params,
  answers: { 204: noContent },
  errors: [],
  effects: [writes('phone'), writes('sip-credential'), writes('count'), records('phone.deleted')],
});

const endEffects = [writes('phone'), writes('sip-credential'), writes('count'), records('phone.deleted')] as const;
const bindingEffects = [writes('binding'), reports('phone.unregistered')] as const;

export const phones = resource('phones', {
  area: 'calls',
  format: 'bare',
  owner: { user: { phone: 'user_id' } },
  errors: phoneErrors,
  endpoints: [createPhone, listPhones, getPhone, deletePhone],
  examples,
  cascades: [
    cascadeAfter('user.deleted', [...endEffects, reads('phone', 'GSI2')]),
    cascadeAfter('org.closed', [...endEffects, reads('phone', 'GSI1')]),
    cascadeAfter('phone.deleted', bindingEffects),
    cascadeAfter('phone.expired', bindingEffects),
  ],
});
