import * as z from 'zod';
import { after } from '../../../shared/contract/consequences.ts';
import { reads, records, unique, writes } from '../../../shared/contract/effects.ts';
import { endpoint, listOf } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { pageQuery } from '../../../shared/schema/query.ts';
import { Deletion, IdInUrl } from '../../../shared/schema/values.ts';
import { NewSim, Sim, SimChange, simStatuses } from './sim.ts';

/** `sim_…`, or an ICCID. */
const SimInUrl = z
  .union([IdInUrl, z.string().regex(/^[0-9]{19,20}$/)], 'is neither the id of a SIM nor an ICCID')
  .meta({ description: 'The id of a SIM, or its ICCID' });
const sims = [writes('mobile'), unique('mobile-key')] as const;
const related = [reads('user'), reads('number')] as const;

export const listSims = endpoint('GET /mobile', {
  summary: 'List SIMs',
  scope: 'telephony:read',
  query: {
    ...pageQuery,
    status: z.enum(simStatuses).optional(),
    user_id: IdInUrl.optional(),
    network: z.string().max(64).optional(),
    q: z.string().max(128).optional(),
  },
  answers: { 200: listOf(Sim) },
  errors: [],
  effects: [reads('mobile'), reads('mobile', 'GSI1')],
});

export const getSim = endpoint('GET /mobile/{id}', {
  summary: 'Get a SIM',
  scope: 'telephony:read',
  params: { id: SimInUrl },
  answers: { 200: Sim },
  errors: [],
  effects: [reads('mobile'), reads('mobile-key')],
});

export const putSim = endpoint('PUT /mobile/{id}', {
  summary: 'Register a SIM (new, or its ICCID), or replace the fields of one',
  description: "The platform records; no operator's network is told (`network_sync: none`).",
  scope: 'telephony:write',
  params: { id: z.union([z.literal('new'), SimInUrl]) },
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
  effects: [...sims, ...related, writes('count'), records('sim.registered'), records('sim.updated')],
});

export const postSim = endpoint('POST /mobile/{id}', {
  summary: 'Update a SIM: activate, suspend, resume, terminate, assign, or change fields',
  scope: 'telephony:write',
  params: { id: SimInUrl },
  body: SimChange,
  answers: { 200: Sim },
  errors: ['INVALID_STATE', 'MSISDN_EXISTS', 'UNKNOWN_USER'],
  effects: [
    ...sims,
    ...related,
    records('sim.updated'),
    records('sim.activated'),
    records('sim.suspended'),
    records('sim.resumed'),
    records('sim.terminated'),
  ],
});

export const deleteSim = endpoint('DELETE /mobile/{id}', {
  summary: 'Delete a terminated SIM',
  scope: 'telephony:write',
  params: { id: SimInUrl },
  answers: { 200: Deletion },
  errors: ['SIM_NOT_TERMINATED'],
  effects: [...sims, writes('count'), records('sim.deleted')],
});

export const mobile = resource('mobile', {
  area: 'telephony',
  format: 'reference',
  endpoints: [listSims, getSim, putSim, postSim, deleteSim],
  cascades: [
    after('user.deleted', [reads('mobile', 'GSI1'), writes('mobile')]),
    after('org.closed', [writes('mobile'), writes('mobile-key')]),
  ],
});
