import { cascadeAfter } from '#contract/consequences.ts';
import { reads, records, reports, writes } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { Deletion } from '#schema/values.ts';
import { examples } from './examples.ts';
import { Block, NewSequence, sequenceErrors, SequenceName, ShownSequence, TakeBlock } from './sequence.ts';

const params = { name: SequenceName };

export const getSequence = endpoint('GET /sequence/{name}', {
  id: 'getSequence',
  summary: 'Get a sequence',
  scope: 'system:read',
  params,
  answers: { 200: ShownSequence },
  errors: [],
  effects: [reads('sequence')],
});

export const createSequence = endpoint('PUT /sequence/{name}', {
  id: 'createSequence',
  summary: 'Create a sequence',
  description:
    'A sequence is never replaced. One that is created again after its deletion goes on after the numbers that were ' +
    'taken before, unless it is `reset`.',
  scope: 'system:write',
  params,
  nullIsAbsent: true,
  body: NewSequence,
  answers: { 201: ShownSequence },
  errors: ['SEQUENCE_EXISTS', 'LIMIT_EXCEEDED'],
  effects: [writes('sequence'), writes('count'), records('sequence.created')],
});

export const takeSequenceBlock = endpoint('POST /sequence/{name}', {
  id: 'takeSequenceBlock',
  summary: 'Take the next numbers of a sequence',
  description:
    'No number is taken twice. If the answer is lost, its numbers are lost too, unless the request has an ' +
    '`Idempotency-Key` and is repeated. A block is never divided at the end of the range: one that does not fit is ' +
    'taken at the opposite bound if the sequence cycles, and does not exist otherwise.',
  scope: 'system:write',
  params,
  body: TakeBlock,
  answers: { 200: Block },
  errors: ['SEQUENCE_EXHAUSTED'],
  effects: [writes('sequence'), reports('sequence.exhausted')],
});

export const deleteSequence = endpoint('DELETE /sequence/{name}', {
  id: 'deleteSequence',
  summary: 'Delete a sequence',
  description: 'The number that was taken last is remembered for a new sequence of this name.',
  scope: 'system:write',
  params,
  answers: { 200: Deletion },
  errors: [],
  effects: [writes('sequence'), writes('count'), records('sequence.deleted')],
});

export const sequences = resource('sequences', {
  area: 'system',
  format: 'reference',
  owner: 'organization',
  errors: sequenceErrors,
  endpoints: [getSequence, createSequence, takeSequenceBlock, deleteSequence],
  examples,
  cascades: [cascadeAfter('org.closed', [writes('sequence')])],
});
