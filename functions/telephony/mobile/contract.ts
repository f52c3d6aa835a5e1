import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { reads, records, unique, writes } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { pageQuery } from '#schema/query.ts';
import { UserInUrl } from '#schema/user-in-url.ts';
import { Deletion, IdInUrl } from '#schema/values.ts';
import { telephonyErrors } from '../schema/errors.ts';
import { examples } from './examples.ts';
import { NewSim, Sim, SimChange, simStatuses, simErrors } from './sim.ts';

const SimInUrl = z
  .union([IdInUrl, z.string().regex(/^[0-9]{19,20}$/)], 'must be the id of a SIM, or an ICCID')
  .meta({ description: 'Id of the SIM, or its ICCID' });
const simEffects = [writes('mobile'), unique('mobile-key')] as const;
const relatedEffects = [reads('user'), reads('number')] as const;

export const listSims = endpoint('GET /mobile', {
  id: 'listSims',
  summary: 'List SIM cards',
  description: 'Newest first.',
  scope: 'telephony:read',
  query: {
    ...pageQuery,
    status: z.enum(simStatuses).optional().describe('Only SIMs of this status'),
    user_id: UserInUrl.optional().describe('Only SIMs of this user; `me`: of the caller'),
    network: z.string().max(64).optional().describe('Only SIMs of this network'),
    q: z.string().max(128).optional().describe('Only SIMs whose label, ICCID or MSISDN contains this text'),
  },
  answers: { 200: listOf(Sim) },
  errors: [],
  effects: [reads('mobile'), reads('mobile', 'GSI1')],
});

export const getSim = endpoint('GET /mobile/{id}', {
  id: 'getSim',
  summary: 'Get a SIM card',
  scope: 'telephony:read',
  params: { id: SimInUrl },
  answers: { 200: Sim },
  errors: [],
  effects: [reads('mobile'), reads('mobile-key')],
});

export const saveSim = endpoint('PUT /mobile/{id}', {
  id: 'saveSim',
  summary: 'Register a SIM card, or replace its fields',
  description:
    'An ICCID that the organization has already replaces the fields of that SIM and keeps its status. The platform ' +
    "only records the SIM: no operator's network is notified (`network_sync: none`). An organization has at most " +
    '10,000 SIMs.',
  scope: 'telephony:write',
  params: { id: z.union([z.literal('new'), SimInUrl]).describe('`new`, an ICCID, or the id of a SIM') },
  nullIsAbsent: true,
  body: NewSim,
  answers: { 200: Sim, 201: Sim },
  errors: [
    'MISSING_FIELD',
    'INVALID_ICCID',
    'ICCID_EXISTS',
    'IMSI_EXISTS',
    'MSISDN_EXISTS',
    'INVALID_STATE',
    'UNKNOWN_USER',
    'LIMIT_EXCEEDED',
  ],
  actsOn: { none: 'whose SIM card it is changes no account' },
  effects: [...simEffects, ...relatedEffects, writes('count'), records('sim.registered'), records('sim.updated')],
});

export const updateSim = endpoint('POST /mobile/{id}', {
  id: 'updateSim',
  summary: 'Update a SIM card: change its status, user or fields',
  description:
    'A terminated SIM only changes its label. `activate` applies to a `registered` SIM, `suspend` to an `active` ' +
    'one, `resume` to a `suspended` one, `terminate` and `assign` to all but terminated ones.',
  scope: 'telephony:write',
  params: { id: SimInUrl },
  body: SimChange,
  answers: { 200: Sim },
  errors: ['INVALID_STATE', 'MSISDN_EXISTS', 'UNKNOWN_USER'],
  actsOn: { none: 'whose SIM card it is changes no account' },
  effects: [
    ...simEffects,
    ...relatedEffects,
    records('sim.updated'),
    records('sim.activated'),
    records('sim.suspended'),
    records('sim.resumed'),
    records('sim.terminated'),
  ],
});

export const deleteSim = endpoint('DELETE /mobile/{id}', {
  id: 'deleteSim',
  summary: 'Delete a terminated SIM card',
  description: 'Its ICCID and IMSI are free then. Termination has freed its MSISDN.',
  scope: 'telephony:write',
  params: { id: SimInUrl },
  answers: { 200: Deletion },
  errors: ['SIM_NOT_TERMINATED'],
  effects: [...simEffects, writes('count'), records('sim.deleted')],
});

export const mobile = resource('mobile', {
  area: 'telephony',
  format: 'reference',
  owner: { user: { mobile: 'user_id' } },
  errors: { ...simErrors, ...telephonyErrors },
  endpoints: [listSims, getSim, saveSim, updateSim, deleteSim],
  examples,
  cascades: [
    cascadeAfter('user.deleted', [reads('mobile', 'GSI1'), writes('mobile')]),
    cascadeAfter('org.closed', [writes('mobile'), writes('mobile-key')]),
  ],
});
