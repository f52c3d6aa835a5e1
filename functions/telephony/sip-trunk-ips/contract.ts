import * as z from 'zod';
import { reads, records, unique, writes } from '../../../shared/contract/effects.ts';
import { endpoint } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { flag, pageQuery } from '../../../shared/schema/query.ts';
import { Deletion, Id, IdInUrl } from '../../../shared/schema/values.ts';
import { addressTypes } from '../../../shared/telephony/trunk-addresses.ts';
import { IpChange, ShownIp, WantedIps } from './trunk-ips.ts';

/** A trunk is not written: that it is as it was read is a condition of its addresses. */
const saves = [writes('trunk'), writes('trunkip'), unique('trunkip-address')] as const;
const TrunkIps = z.object({ trunk_id: Id('trunk'), ips: z.array(ShownIp) }).meta({ id: 'TrunkIps' });

export const getTrunkIps = endpoint('GET /siptrunkips/{entity}', {
  summary: "A trunk's addresses, or all",
  description: '`all` answers those of every trunk, each with its `trunk_id`, in pages.',
  scope: 'telephony:read',
  params: { entity: z.union([z.literal('all'), IdInUrl]) },
  query: { ...pageQuery, type: z.enum(addressTypes).optional() },
  pagesData: true,
  answers: { 200: z.union([TrunkIps, z.object({ ips: z.array(ShownIp.extend({ trunk_id: Id('trunk') })) })]) },
  errors: [],
  effects: [reads('trunk'), reads('trunkip')],
});

export const putTrunkIps = endpoint('PUT /siptrunkips/{entity}', {
  summary: "Add to a trunk's addresses, or replace them",
  description:
    'An entry with the address and type of one that is there updates it; others stay, unless `replace=true`. All or nothing; 201 when all are new.',
  scope: 'telephony:write',
  params: { entity: IdInUrl },
  query: { replace: flag.optional() },
  nullIsAbsent: true,
  body: WantedIps,
  answers: { 200: TrunkIps, 201: TrunkIps },
  errors: ['INVALID_IP_ADDRESS', 'IP_IN_USE', 'LIMIT_EXCEEDED'],
  effects: [...saves, records('trunkip.created'), records('trunkip.updated'), records('trunkip.deleted')],
});

export const postTrunkIp = endpoint('POST /siptrunkips/{entity}', {
  summary: "Update one of a trunk's addresses",
  scope: 'telephony:write',
  params: { entity: IdInUrl },
  body: IpChange,
  answers: { 200: ShownIp },
  errors: ['INVALID_IP_ADDRESS', 'IP_IN_USE'],
  effects: [...saves, records('trunkip.updated')],
  brokenRule: 400,
});

export const deleteTrunkIp = endpoint('DELETE /siptrunkips/{entity}', {
  summary: "Delete one of a trunk's addresses",
  scope: 'telephony:write',
  params: { entity: IdInUrl },
  query: { ip_id: IdInUrl },
  answers: { 200: Deletion },
  errors: [],
  effects: [...saves, records('trunkip.deleted')],
});

export const sipTrunkIps = resource('sip-trunk-ips', {
  area: 'telephony',
  format: 'standard',
  endpoints: [getTrunkIps, putTrunkIps, postTrunkIp, deleteTrunkIp],
});
