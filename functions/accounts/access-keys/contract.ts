import * as z from 'zod';
import { after } from '../../../shared/contract/consequences.ts';
import { reads, records, unique, writes } from '../../../shared/contract/effects.ts';
import { endpoint, listOf } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { scopes } from '../../../shared/contract/scopes.ts';
import { Network } from '../../../shared/schema/ip-address.ts';
import { pageQuery } from '../../../shared/schema/query.ts';
import { Id, IdInUrl, Instant, text, Timestamp } from '../../../shared/schema/values.ts';

const AccessKey = z
  .object({
    id: Id('key'),
    name: z.string(),
    detail: z.string(),
    org_id: z.string(),
    user_id: z.string(),
    scopes: z.array(z.enum(scopes)),
    token_prefix: z.string().meta({ description: 'With what the token begins' }),
    allowed_ips: z.array(z.string()),
    expires_at: Timestamp,
    last_used_at: Timestamp.nullable().meta({ description: 'Moves at most hourly' }),
    created_at: Timestamp,
  })
  .meta({ id: 'AccessKey' });
export type AccessKey = z.output<typeof AccessKey>;

const KeyWithToken = AccessKey.extend({ token: z.string().meta({ description: 'Told this once: `key_….…`' }) }).meta({
  id: 'AccessKeyWithToken',
});

export const NewAccessKey = z
  .object({
    name: text(64, 1),
    detail: text(255).nullish(),
    scopes: z.array(z.enum(scopes)).nullish().meta({ description: "Default: all of the caller's" }),
    expires_at: Instant.nullish().meta({ description: 'Default: in 365 days; at most in 10 years' }),
    allowed_ips: z.array(Network).max(20).nullish().meta({ description: 'CIDR blocks; none: from anywhere' }),
  })
  .meta({ id: 'NewAccessKey' });
export type NewAccessKey = z.output<typeof NewAccessKey>;

const KeyRotation = z
  .object({
    overlap_hours: z
      .int()
      .min(0)
      .max(168)
      .nullish()
      .meta({ description: 'For which the old token lives on; 24 unless said' }),
  })
  .meta({ id: 'AccessKeyRotation' });

/** Seed 002 knows no 422; secrets are for nobody to keep. */
const common = { scope: 'any', brokenRule: 400, cacheControl: 'no-store' } as const;

export const listAccessKeys = endpoint('GET /accesskeys', {
  ...common,
  summary: 'List access keys, without their secrets',
  description: "The caller's own; those of another user need users:read.",
  query: { ...pageQuery, user_id: IdInUrl.optional() },
  answers: { 200: listOf(AccessKey) },
  errors: ['INSUFFICIENT_SCOPE'],
  effects: [reads('accesskey', 'GSI1'), reads('credential-use')],
});

export const putAccessKey = endpoint('PUT /accesskeys', {
  ...common,
  summary: 'Create an access key; its token is told this once',
  body: NewAccessKey,
  sessionOnly: true,
  answersSecret: true,
  answers: { 201: KeyWithToken },
  errors: ['API_ACCESS_DISABLED', 'CANNOT_GRANT', 'TOO_MANY_KEYS', 'NAME_TAKEN'],
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
  summary: 'Revoke an access key',
  description:
    "The caller's own, or with users:write any of the organization. It opens nothing from the next request on.",
  params: { id: IdInUrl },
  answers: { 200: z.object({ id: z.string(), deleted_at: Timestamp }) },
  errors: [],
  effects: [writes('accesskey'), unique('accesskey-name'), records('accesskey.deleted')],
});

export const rotateAccessKey = endpoint('POST /accesskeys/{id}/rotate', {
  ...common,
  summary: 'Give an access key a new token, told this once',
  params: { id: IdInUrl },
  body: KeyRotation,
  sessionOnly: true,
  answersSecret: true,
  answers: { 200: KeyWithToken },
  errors: ['CANNOT_GRANT', 'ROTATION_IN_PROGRESS'],
  effects: [reads('credential-use'), writes('accesskey'), records('accesskey.rotated')],
});

export const accessKeys = resource('access-keys', {
  area: 'auth',
  format: 'voipbin',
  endpoints: [listAccessKeys, putAccessKey, deleteAccessKey, rotateAccessKey],
  cascades: [
    after('user.deleted', [
      reads('accesskey', 'GSI1'),
      writes('accesskey'),
      writes('accesskey-name'),
      writes('credential-use'),
    ]),
  ],
});
