import * as z from 'zod';
import { Timestamp } from './values.ts';

/** Links to uploaded content, as answers show them (shared/objects/links.ts). */

export const exampleLink = { url: 'https://example.com/audio', expires_at: '2026-11-20T10:15:00.000Z' };

const expires_at = Timestamp.describe('When the link expires: 15 minutes after the answer');

export const DownloadLink = z
  .object({ url: z.string().describe('Link that needs no credential'), expires_at })
  .meta({ id: 'DownloadLink', description: 'Link to the content, for 15 minutes' });

export const UploadLink = z
  .object({
    method: z.literal('PUT').describe('Method of the upload'),
    url: z.string().describe('Link that needs no credential, for one upload'),
    headers: z.record(z.string(), z.string()).describe('Headers that the upload must have, as they are signed'),
    expires_at,
  })
  .meta({ id: 'UploadLink', description: 'How the content is uploaded' });
