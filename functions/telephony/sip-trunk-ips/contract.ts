import * as z from 'zod';
import { reads, records, unique, writes } from '../../../shared/contract/effects.ts';
import { endpoint } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { flag, pageQuery } from '../../../shared/schema/query.ts';
import { Deletion, Id, IdInUrl } from '../../../shared/schema/values.ts';
import { addressTypes } from '../../../shared/telephony/trunk-addresses.ts';
import { examples } from './examples.ts';
import { IpChange, PresentedIp, WantedIps } from './trunk-ips.ts';

/** The trunk itself is not written: that its type is unchanged is a condition of the writes. */
const saveEffects = [writes('trunk'), writes('trunkip'), unique('trunkip-address')] as const;
const TrunkId = IdInUrl.describe('Id of the trunk');
const ownerId = Id('trunk').describe('Id of the trunk');
const TrunkIps = z
  .object({ trunk_id: ownerId, ips: z.array(PresentedIp).describe('Addresses of the trunk') })
  .meta({ id: 'TrunkIps' });
const AllIps = z.object({
  ips: z.array(PresentedIp.extend({ trunk_id: ownerId })).describe('Addresses of all trunks, newest trunk first'),
});

export const listTrunkIps = endpoint('GET /siptrunkips/{entity}', {
  id: 'listTrunkIps',
  summary: 'List the addresses of a trunk, or of all trunks',
  description: 'The addresses of one trunk are answered whole; those of `all` in pages.',
  scope: 'telephony:read',
  params: { entity: z.union([z.literal('all'), IdInUrl]).describe('Id of the trunk, or `all`') },
  query: { ...pageQuery, type: z.enum(addressTypes).optional().describe('Only addresses of exactly this type') },
  pagesData: true,
  answers: { 200: z.union([TrunkIps, AllIps]) },
  errors: [],
  effects: [reads('trunk'), reads('trunkip')],
});

export const saveTrunkIps = endpoint('PUT /siptrunkips/{entity}', {
  id: 'saveTrunkIps',
  summary: 'Add or update addresses of a trunk, or replace all of them',
  description:
    'An entry with the address and type of an existing one updates it. Other addresses are kept unless `replace` is ' +
    'set. All entries are saved or none. Answers 201 if all entries are new.',
  scope: 'telephony:write',
  params: { entity: TrunkId },
  query: { replace: flag.optional().describe('Delete the addresses that the body does not contain') },
  nullIsAbsent: true,
  body: WantedIps,
  answers: { 200: TrunkIps, 201: TrunkIps },
  errors: ['INVALID_IP_ADDRESS', 'IP_IN_USE', 'LIMIT_EXCEEDED'],
  effects: [...saveEffects, records('trunkip.created'), records('trunkip.updated'), records('trunkip.deleted')],
});

export const updateTrunkIp = endpoint('POST /siptrunkips/{entity}', {
  id: 'updateTrunkIp',
  summary: 'Update one address of a trunk',
  scope: 'telephony:write',
  params: { entity: TrunkId },
  body: IpChange,
  answers: { 200: PresentedIp },
  errors: ['INVALID_IP_ADDRESS', 'IP_IN_USE'],
  effects: [...saveEffects, records('trunkip.updated')],
  brokenRule: 400,
});

export const deleteTrunkIp = endpoint('DELETE /siptrunkips/{entity}', {
  id: 'deleteTrunkIp',
  summary: 'Delete one address of a trunk',
  description: 'Answers a warning if no inbound calls can reach the platform by the trunk afterwards.',
  scope: 'telephony:write',
  params: { entity: TrunkId },
  query: { ip_id: IdInUrl.describe('Id of the address') },
  answers: { 200: Deletion },
  errors: [],
  effects: [...saveEffects, records('trunkip.deleted')],
});

export const sipTrunkIps = resource('sip-trunk-ips', {
  area: 'telephony',
  format: 'standard',
  endpoints: [listTrunkIps, saveTrunkIps, updateTrunkIp, deleteTrunkIp],
  examples,
});
