import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { callsOut, invokes, reads, records, unique, writes } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { flag, pageQuery, wholeNumber } from '#schema/query.ts';
import { Deletion, IdInUrl, newOrId } from '#schema/values.ts';
import { dialplanErrors } from '../../dialplan/schema/errors.ts';
import { callFlowErrors, ListedFlow, NewCallFlow, ShownFlow } from './call-flow.ts';
import { examples } from './examples.ts';
import { SimulatedCall, SimulatedWalk } from './simulation.ts';

const params = { id: IdInUrl.describe('Id of the call flow') };

export const listCallFlows = endpoint('GET /callflows', {
  id: 'listCallFlows',
  summary: 'List call flows',
  description: 'Newest first, without their steps.',
  scope: 'telephony:read',
  query: {
    ...pageQuery,
    enabled: flag.optional().describe('Only flows that are enabled, or that are not'),
    q: z.string().max(128).optional().describe('Only flows whose name contains this text, in any case'),
  },
  answers: { 200: listOf(ListedFlow) },
  errors: [],
  effects: [reads('callflow')],
});

/** What uses a flow. */
const readsReferences = [
  reads('reference'),
  reads('number', 'GSI2'),
  reads('ringgroup'),
  reads('blockedcaller'),
] as const;

export const getCallFlow = endpoint('GET /callflows/{id}', {
  id: 'getCallFlow',
  summary: 'Get a call flow, or one of its last 50 versions',
  scope: 'telephony:read',
  params,
  query: {
    version: wholeNumber(1, 999_999_999).optional().describe('One of the last 50 versions; absent: the current one'),
  },
  answers: { 200: ShownFlow },
  errors: [],
  effects: [reads('callflow'), reads('callflow-version'), ...readsReferences],
});

/** What a flow names must exist. */
const checks = [
  reads('file'),
  reads('user'),
  reads('user-extension'),
  reads('voicemailprefs'),
  reads('policy'),
  reads('schedule'),
  reads('ringgroup'),
  reads('number'),
  reads('emailtemplate'),
  reads('emailtemplate-name'),
  reads('emailtemplate-version'),
] as const;

const changes = [
  writes('callflow'),
  unique('callflow-name'),
  unique('user-extension'),
  writes('callflow-version'),
  writes('reference'),
  writes('count'),
] as const;

export const saveCallFlow = endpoint('PUT /callflows/{id}', {
  id: 'saveCallFlow',
  summary: 'Create or replace a call flow',
  description:
    'Absent fields return to their defaults. Calls in progress keep the version that they began with. ' +
    '`warnings` names steps that no call reaches, and those in which a silent caller stays. What a flow names must ' +
    'exist. A flow has at most 64 KiB, and an organization at most 1,000 flows.',
  scope: 'telephony:write',
  params: { id: newOrId.describe('`new`, or the id of the call flow to replace') },
  nullIsAbsent: ['end_key', 'external_policy'],
  body: NewCallFlow,
  answers: { 200: ShownFlow, 201: ShownFlow },
  errors: [
    'NAME_TAKEN',
    'EXTENSION_TAKEN',
    'NOT_YET_SUPPORTED',
    'INVALID_PATTERN',
    'SPEECH_UNAVAILABLE',
    'WEBHOOK_URL_NOT_ALLOWED',
    'LIMIT_EXCEEDED',
  ],
  effects: [
    ...changes,
    writes('file'),
    reads('device-line'),
    ...checks,
    ...readsReferences,
    callsOut(),
    invokes('speech'),
    records('callflow.created'),
    records('callflow.updated'),
  ],
});

export const deleteCallFlow = endpoint('DELETE /callflows/{id}', {
  id: 'deleteCallFlow',
  summary: 'Delete a call flow',
  description:
    'A flow that flows, numbers, ring groups or blocked callers use is deleted with `force` only. Then the routes of ' +
    'numbers to it are cleared, and calls that reach it elsewhere end.',
  scope: 'telephony:write',
  params,
  query: { force: flag.optional().describe('Deletes the flow even if others use it') },
  answers: { 200: Deletion },
  errors: ['FLOW_IN_USE'],
  effects: [...changes, ...readsReferences, records('callflow.deleted')],
});

export const simulateCallFlow = endpoint('POST /callflows/{id}/simulate', {
  id: 'simulateCallFlow',
  summary: 'Walk through a saved flow or a draft with given digits, times and outcomes',
  description:
    'Nothing is called, sent or charged. An event happens when the call waits for it; digits also while a prompt ' +
    'plays. What the flow names need not exist, and a schedule that does not exist is open.',
  scope: 'telephony:read',
  params: { id: newOrId.describe('Id of the call flow, or `new` for a draft') },
  nullIsAbsent: ['end_key', 'external_policy'],
  body: SimulatedCall,
  answers: { 200: SimulatedWalk },
  errors: ['NOT_YET_SUPPORTED', 'INVALID_PATTERN'],
  effects: [reads('callflow'), reads('callflow-version'), reads('schedule')],
});

export const callFlows = resource('call-flows', {
  area: 'telephony',
  format: 'standard',
  owner: 'organization',
  errors: { ...callFlowErrors, ...dialplanErrors },
  endpoints: [listCallFlows, getCallFlow, saveCallFlow, deleteCallFlow, simulateCallFlow],
  examples,
  cascades: [
    cascadeAfter('callflow.deleted', [writes('callflow-version'), writes('reference')]),
    cascadeAfter('file.deleted', [writes('reference')]),
    cascadeAfter('org.closed', [
      writes('callflow'),
      writes('callflow-name'),
      writes('user-extension'),
      writes('callflow-version'),
      writes('reference'),
    ]),
  ],
});
