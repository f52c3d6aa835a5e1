import * as z from 'zod';
import { reads, records, writes } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { Timestamp } from '#schema/values.ts';
import { examples } from './examples.ts';
import { NewTemporaryToken, temporaryTokenErrors } from './temporary-token.ts';

const TemporaryToken = z
  .object({
    temp_token: z.string().describe('The token (`tmp_…`), shown only once'),
    expires_at: Timestamp.describe('End of the token'),
    purpose: z.string().describe('What the token is for'),
    scope: z.string().describe('Scopes of the token, separated by commas'),
    single_use: z.boolean().describe('Whether the first request uses the token up'),
    metadata: z.record(z.string(), z.unknown()).describe('The metadata of the request'),
    created_by: z
      .object({
        user_id: z.string().describe('Id of the user or service account'),
        org_id: z.int().describe('Its organization'),
      })
      .describe('User or service account that made the token'),
  })
  .meta({
    id: 'TemporaryToken',
    example: {
      temp_token: 'tmp_oM0hZb2XkT9s3JvQe7LwYc1RfUaDgNiPxV5Bt8KqE4m',
      expires_at: '2026-01-31T12:05:00.000Z',
      purpose: 'file_upload',
      scope: 'files:write',
      single_use: true,
      metadata: { max_file_size: 1_048_576, allowed_types: ['audio/wav'] },
      created_by: { user_id: 'usr_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A', org_id: 1001 },
    },
  });

export const createTemporaryToken = endpoint('POST /tempauth', {
  id: 'createTemporaryToken',
  summary: 'Create a temporary token',
  description:
    'Makes a token for a link or another program. It is sent as `Authorization: Bearer` or `?accesskey=` and ' +
    "has a part of the caller's scopes.\n\n" +
    'It ends with the session or access key that made it, when the sessions of the user end, and by `DELETE ' +
    '/auth`. It is accepted by endpoints with a scope, and by `GET /auth/session`, `DELETE /auth` and `GET ' +
    '/qrcode/{text+}`.\n\n' +
    'A user may make 60 tokens a minute, and have 1,000 live ones; used ones do not count.',
  scope: 'any',
  rate: 'tempauth',
  nullIsAbsent: true,
  body: NewTemporaryToken,
  answers: { 201: TemporaryToken },
  errors: ['INVALID_PURPOSE', 'SCOPE_EXCEEDS'],
  actsOn: 'self',
  effects: [writes('temptoken'), reads('temptoken', 'GSI1'), reads('temptoken-use'), records('auth.temp.created')],
  cacheControl: 'no-store',
  answersSecret: true,
});

export const temporaryTokens = resource('temporary-tokens', {
  area: 'auth',
  format: 'reference',
  errors: temporaryTokenErrors,
  endpoints: [createTemporaryToken],
  examples,
});
