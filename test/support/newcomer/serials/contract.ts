import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { records, unique, writes } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { examples } from './examples.ts';
import { NewSerial, Serial } from './serial.ts';

const params = {
  name: z
    .string()
    .regex(/^[a-z]{1,16}$/)
    .describe('Name of the serial number.')
    .meta({ example: 'invoices' }),
};

export const createSerial = endpoint('PUT /serial/{name}', {
  id: 'createSerial',
  summary: 'Create a serial number',
  scope: 'system:write',
  params,
  body: NewSerial,
  answers: { 201: Serial },
  errors: ['NAME_TAKEN'],
  effects: [unique('serial'), records('serial.created')],
});

export const takeSerialValue = endpoint('POST /serial/{name}', {
  id: 'takeSerialValue',
  summary: 'Take the next value of a serial number',
  scope: 'system:write',
  params,
  answers: { 200: Serial },
  errors: [],
  effects: [writes('serial')],
});

export const serials = resource('serials', {
  area: 'system',
  format: 'standard',
  endpoints: [createSerial, takeSerialValue],
  examples,
  cascades: [cascadeAfter('org.closed', [writes('serial')])],
});
