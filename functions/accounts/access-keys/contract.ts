import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { reads, records, unique, writes } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { voipbinFormat } from '#contract/voipbin.ts';
import { scopes } from '#contract/scopes.ts';
import { Network } from '#schema/ip-address.ts';
import { pageQuery } from '#schema/query.ts';
import { UserInUrl } from '#schema/user-in-url.ts';
import { Id, IdInUrl, Instant, text, Timestamp } from '#schema/values.ts';
import { accessKeyErrors } from './errors.ts';
import { examples } from './examples.ts';

const AccessKey = z
  .object({
    id: Id('key').describe('Id of the key'),
    name: z.string().describe('Name'),
    detail: z.string().describe('Description'),
    org_id: z.string().describe('Organization of the owner'),
    user_id: z.string().describe('Id of the owner'),
    scopes: z.array(z.enum(scopes)).describe('Scopes of the key; effective are those that the owner has too'),
    token_prefix: z.string().describe('Start of the token, before the dot'),
    allowed_ips: z.array(z.string()).describe('CIDR blocks from which the key is accepted; empty: from anywhere'),
    expires_at: Timestamp.describe('End of the key'),
    last_used_at: Timestamp.nullable().describe('Time of the last use, precise to one hour; null: never used'),
    created_at: Timestamp.describe('Time of creation'),
  })
  .meta({ id: 'AccessKey' });
export type AccessKey = z.output<typeof AccessKey>;

const KeyWithToken = AccessKey.extend({
  token: z.string().describe('Token `key_….…`; shown only once'),
}).meta({ id: 'AccessKeyWithToken' });

export const NewAccessKey = z
  .object({
    name: text(64, 1).describe('Name, 1–64 characters; unique among the live keys of the user, case ignored'),
    detail: text(255).nullish().describe('Description, up to 255 characters'),
    scopes: z
      .array(z.enum(scopes))
      .nullish()
      .describe("Scopes of the key, at most the caller's. Default: all of the caller's"),
    expires_at: Instant.nullish().describe('End of the key, at most 10 years away. Default: in 365 days'),
    allowed_ips: z
      .array(Network)
      .max(20)
      .nullish()
      .describe('CIDR blocks from which the key is accepted. Default: from anywhere'),
  })
  .meta({ id: 'NewAccessKey' });
export type NewAccessKey = z.output<typeof NewAccessKey>;

const KeyRotation = z
  .object({
    overlap_hours: z.int().min(0).max(168).nullish().describe('Hours for which the old token stays valid. Default: 24'),
  })
  .meta({ id: 'AccessKeyRotation' });

/** Answers may hold secrets, so no cache may store them. */
const common = { scope: 'any', ...voipbinFormat, cacheControl: 'no-store' } as const;

export const listAccessKeys = endpoint('GET /accesskeys', {
  ...common,
  id: 'listAccessKeys',
  summary: 'List access keys, without their secrets',
  description: "The caller's own. Keys of another user need `users:read`.",
  query: { ...pageQuery, user_id: UserInUrl.optional().describe('Owner of the keys. Default: the caller') },
  answers: { 200: listOf(AccessKey) },
  errors: ['INSUFFICIENT_SCOPE'],
  effects: [reads('accesskey', 'GSI1'), reads('credential-use')],
});

export const createAccessKey = endpoint('PUT /accesskeys', {
  ...common,
  id: 'createAccessKey',
  summary: 'Create an access key; the answer alone shows its token',
  description:
    'Needs a session, and works in the own organization only: a stolen key cannot create further keys. A user ' +
    'has at most 25 live keys.',
  body: NewAccessKey,
  sessionOnly: true,
  answersSecret: true,
  answers: { 201: KeyWithToken },
  errors: ['API_ACCESS_DISABLED', 'CANNOT_GRANT', 'TOO_MANY_KEYS', 'NAME_TAKEN'],
  actsOn: 'self',
  effects: [
    reads('user'),
    writes('accesskey'),
    unique('accesskey-name'),
    writes('count'),
    records('accesskey.created'),
  ],
});

export const deleteAccessKey = endpoint('DELETE /accesskeys/{id}', {
  ...common,
  id: 'deleteAccessKey',
  summary: 'Revoke an access key',
  unversioned: true,
  description:
    'Takes effect with the next request. A key of another user needs `users:write` and all rights of that ' + 'user.',
  params: { id: IdInUrl.describe('Id of the key') },
  answers: {
    200: z.object({ id: z.string().describe('Id of the key'), deleted_at: Timestamp.describe('Time of deletion') }),
  },
  errors: [],
  actsOn: 'found',
  effects: [
    reads('user'),
    reads('group'),
    reads('role'),
    writes('accesskey'),
    unique('accesskey-name'),
    records('accesskey.deleted'),
  ],
});

export const rotateAccessKey = endpoint('POST /accesskeys/{id}/rotate', {
  ...common,
  id: 'rotateAccessKey',
  summary: 'Give an access key a new token; the answer alone shows it',
  unversioned: true,
  description:
    'Works for own keys, with a session. The caller needs all rights of the key. Until the overlap ends, a ' +
    'second rotation is rejected.',
  params: { id: IdInUrl.describe('Id of the key') },
  body: KeyRotation,
  sessionOnly: true,
  answersSecret: true,
  answers: { 200: KeyWithToken },
  errors: ['CANNOT_GRANT', 'ROTATION_IN_PROGRESS'],
  actsOn: 'self',
  effects: [reads('credential-use'), writes('accesskey'), records('accesskey.rotated')],
});

export const accessKeys = resource('access-keys', {
  area: 'auth',
  format: 'voipbin',
  errors: accessKeyErrors,
  endpoints: [listAccessKeys, createAccessKey, deleteAccessKey, rotateAccessKey],
  examples,
  cascades: [
    cascadeAfter('user.deleted', [
      reads('accesskey', 'GSI1'),
      writes('accesskey'),
      writes('accesskey-name'),
      writes('credential-use'),
    ]),
  ],
});
