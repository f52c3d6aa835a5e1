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
    'A sequence is never replaced.\n\n' +
    'A deleted sequence is remembered. A new sequence of its name continues after the last number, or begins at its ' +
    'own `start` if that is further. A new sequence that would run back over those numbers, or ends before them, is ' +
    'rejected unless `reset` is true.',
  scope: 'system:write',
  unversioned: true,
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
    'No number is taken twice. Numbers of a lost answer are a gap, unless the request had an `Idempotency-Key`: its ' +
    'repetition gets the same answer for 24 hours.\n\n' +
    'A block is never divided at the end of the range. A sequence that cycles then begins at the opposite bound, and ' +
    'the numbers that were left before are a gap. Without `cycle` nothing is taken, and the event ' +
    '`sequence.exhausted` is reported once. A block that is larger than the whole range is rejected.',
  scope: 'system:write',
  unversioned: true,
  params,
  body: TakeBlock,
  answers: { 200: Block },
  errors: ['SEQUENCE_EXHAUSTED'],
  effects: [writes('sequence'), reports('sequence.exhausted')],
});

export const deleteSequence = endpoint('DELETE /sequence/{name}', {
  id: 'deleteSequence',
  summary: 'Delete a sequence',
  description: 'The last number is remembered for a new sequence of this name.',
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
