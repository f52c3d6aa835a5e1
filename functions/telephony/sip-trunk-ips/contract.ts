import * as z from 'zod';
import { asks, reads, records, unique, writes } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { flag, pageQuery } from '#schema/query.ts';
import { Deletion, Id, IdInUrl, Timestamp } from '#schema/values.ts';
import { addressTypes } from '#telephony/trunk-addresses.ts';
import { examples } from './examples.ts';
import { IpChange, IpVerification, PresentedIp, WantedIps, trunkIpErrors } from './trunk-ips.ts';

/** The trunk is written if its claims about callers counted: the seller has agreed to other addresses. */
const saveEffects = [writes('trunk'), writes('trunkip'), unique('trunkip-address')] as const;
const TrunkId = IdInUrl.describe('Id of the trunk');
const ownerId = Id('trunk').describe('Id of the trunk');
const TrunkIps = z
  .object({ trunk_id: ownerId, ips: z.array(PresentedIp).describe('Addresses of the trunk') })
  .meta({ id: 'TrunkIps' });
const AllIps = z.object({
  ips: z
    .array(PresentedIp.extend({ trunk_id: ownerId, organization_id: z.string().describe('Its organization') }))
    .describe('Addresses of all trunks, newest trunk first'),
});

export const listTrunkIps = endpoint('GET /siptrunkips/{entity}', {
  id: 'listTrunkIps',
  summary: 'List the addresses of a trunk, or of all trunks',
  description:
    'The addresses of one trunk are on one page; `all` has pages. `proof=missing` lists addresses that ' +
    'the seller does not trust and the holder has not proven. From there only carriers call, over UDP, to numbers of ' +
    'their organization; others need the credentials of the trunk. With `all` and without an organization in the ' +
    'query it lists addresses of all organizations in reach.',
  scope: 'telephony:read',
  params: { entity: z.union([z.literal('all'), IdInUrl]).describe('Id of the trunk, or `all`') },
  query: {
    ...pageQuery,
    type: z.enum(addressTypes).optional().describe('Only addresses of exactly this type'),
    proof: z
      .enum(['missing'])
      .optional()
      .describe('Only addresses for `signaling` or `both` that are neither trusted nor proven'),
  },
  pagesData: true,
  listField: 'ips',
  answers: { 200: z.union([TrunkIps, AllIps]) },
  errors: [],
  effects: [reads('trunk'), reads('trunkip'), reads('trunkip', 'GSI1'), reads('trunkip', 'GSI2')],
});

export const saveTrunkIps = endpoint('PUT /siptrunkips/{entity}', {
  id: 'saveTrunkIps',
  summary: 'Add or update addresses of a trunk, or replace all of them',
  description:
    'An entry with the address and type of an existing one updates it. Other addresses are kept unless `replace` is ' +
    'set. All entries are saved or none. Answers 201 if all entries are new. A trunk has at most 32. Calls from an ' +
    'address count as calls of the trunk only if it is `trusted` or `proven`. The answer warns if no inbound calls ' +
    'can reach the platform by the trunk afterwards.',
  scope: 'telephony:write',
  unversioned: true,
  params: { entity: TrunkId },
  query: {
    replace: flag
      .optional()
      .describe('Delete the addresses that the body does not contain; without it the body has at least one'),
  },
  nullIsAbsent: true,
  body: WantedIps,
  answers: { 200: TrunkIps, 201: TrunkIps },
  errors: ['INVALID_IP_ADDRESS', 'IP_IN_USE', 'LIMIT_EXCEEDED', 'NOT_THE_SELLER'],
  effects: [...saveEffects, records('trunkip.created'), records('trunkip.updated'), records('trunkip.deleted')],
});

export const updateTrunkIp = endpoint('POST /siptrunkips/{entity}', {
  id: 'updateTrunkIp',
  summary: 'Update one address of a trunk',
  scope: 'telephony:write',
  unversioned: true,
  params: { entity: TrunkId },
  body: IpChange,
  answers: { 200: PresentedIp },
  errors: ['INVALID_IP_ADDRESS', 'IP_IN_USE', 'NOT_THE_SELLER'],
  effects: [...saveEffects, records('trunkip.updated')],
  brokenRule: 400,
});

export const verifyTrunkIp = endpoint('POST /siptrunkips/{entity}/verify', {
  id: 'verifyTrunkIp',
  summary: 'Prove an address of a trunk',
  description:
    'Without `token`, an OPTIONS with a token is sent over UDP to the address and port; the headers ' +
    '`X-Verification-Token` and `Subject` have it. With that token, within 10 minutes, the address is `proven`. A ' +
    'new token replaces the former one, and a change of the entry ends it. Tokens are sent 5 times an hour for an ' +
    'organization and for an address. If phones of another organization are registered there, or another ' +
    'organization has proven the address, only the seller can trust it.',
  scope: 'telephony:write',
  unversioned: true,
  params: { entity: TrunkId },
  body: IpVerification,
  answers: {
    200: PresentedIp.extend({
      expires_at: Timestamp.nullable().describe('Until when the token is good; null: the address is proven'),
      response_code: z
        .int()
        .nullable()
        .describe('Response to the OPTIONS, whatever it is; null: none in time, or none was sent'),
    }).meta({
      id: 'TrunkIpProof',
      example: {
        id: 'ip_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
        address: '203.0.113.20',
        type: 'signaling',
        port: 5060,
        priority: 1,
        active: true,
        trusted: false,
        proven: false,
        created_at: '2026-11-20T10:00:00.000Z',
        updated_at: '2026-11-20T10:05:00.000Z',
        expires_at: '2026-11-20T10:15:00.000Z',
        response_code: 200,
      },
    }),
  },
  errors: ['IP_IN_USE', 'TRUNK_UNREACHABLE'],
  effects: [...saveEffects, reads('trunkip-address'), asks('sip-sidecar'), writes('rate'), records('trunkip.updated')],
});

export const deleteTrunkIp = endpoint('DELETE /siptrunkips/{entity}', {
  id: 'deleteTrunkIp',
  summary: 'Delete one address of a trunk',
  description: 'The answer warns if no inbound calls can reach the platform by the trunk afterwards.',
  scope: 'telephony:write',
  unversioned: true,
  params: { entity: TrunkId },
  query: { ip_id: IdInUrl.describe('Id of the address') },
  answers: { 200: Deletion },
  errors: [],
  effects: [...saveEffects, records('trunkip.deleted')],
});

export const sipTrunkIps = resource('sip-trunk-ips', {
  area: 'telephony',
  format: 'standard',
  owner: 'organization',
  errors: trunkIpErrors,
  endpoints: [listTrunkIps, saveTrunkIps, updateTrunkIp, verifyTrunkIp, deleteTrunkIp],
  examples,
});
