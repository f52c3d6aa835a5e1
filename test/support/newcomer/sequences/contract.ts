import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { records, unique, writes } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { examples } from './examples.ts';
import { NewSequence, Sequence } from './sequence.ts';

const params = {
  name: z
    .string()
    .regex(/^[a-z]{1,16}$/)
    .describe('Name of the sequence.')
    .meta({ example: 'invoices' }),
};

export const createSequence = endpoint('PUT /sequence/{name}', {
  id: 'createSequence',
  summary: 'Create a sequence',
  scope: 'system:write',
  params,
  body: NewSequence,
  answers: { 201: Sequence },
  errors: ['NAME_TAKEN'],
  effects: [unique('sequence'), records('sequence.created')],
});

export const takeSequenceValue = endpoint('POST /sequence/{name}', {
  id: 'takeSequenceValue',
  summary: 'Take the next value of a sequence',
  scope: 'system:write',
  params,
  answers: { 200: Sequence },
  errors: [],
  effects: [writes('sequence')],
});

export const sequences = resource('sequences', {
  area: 'system',
  format: 'standard',
  endpoints: [createSequence, takeSequenceValue],
  examples,
  cascades: [cascadeAfter('org.closed', [writes('sequence')])],
});
