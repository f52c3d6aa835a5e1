import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { linksObjects, linksUploads, reads, records, unique, writes } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { DownloadLink, exampleLink, UploadLink } from '#schema/object-links.ts';
import { pageQuery } from '#schema/query.ts';
import { Deletion, IdInUrl, newOrId } from '#schema/values.ts';
import { examples } from './examples.ts';
import { exampleDrop, NewVoicemailDrop, ShownDrop, voicemailDropErrors } from './voicemail-drop.ts';

const params = { id: IdInUrl.describe('Id of the drop') };

const PlayableDrop = ShownDrop.extend({
  download: DownloadLink.optional().describe('Link to the recording, once it is ready'),
}).meta({ id: 'VoicemailDropWithAudio', example: { ...exampleDrop, download: exampleLink } });

const SavedDrop = ShownDrop.extend({
  upload: UploadLink.nullable().describe('How the recording is uploaded; null: it plays a file'),
}).meta({ id: 'SavedVoicemailDrop', example: { ...exampleDrop, upload: null } });

export const listVoicemailDrops = endpoint('GET /voicemaildrop', {
  id: 'listVoicemailDrops',
  summary: 'List recordings to leave on the voicemail of others',
  description: 'Newest first.',
  scope: 'messaging:read',
  query: {
    ...pageQuery,
    q: z.string().max(128).optional().describe('Only drops whose name contains this text, in any case'),
  },
  answers: { 200: listOf(ShownDrop) },
  errors: [],
  effects: [reads('voicemaildrop')],
});

export const getVoicemailDrop = endpoint('GET /voicemaildrop/{id}', {
  id: 'getVoicemailDrop',
  summary: 'Get a voicemail drop, and a link to its recording',
  scope: 'messaging:read',
  params,
  answers: { 200: PlayableDrop },
  errors: [],
  effects: [reads('voicemaildrop'), linksObjects('voicemail'), linksObjects('files')],
});

export const saveVoicemailDrop = endpoint('PUT /voicemaildrop/{id}', {
  id: 'saveVoicemailDrop',
  summary: 'Create or replace a voicemail drop',
  description:
    'With `file_id` it plays a file. Otherwise upload the recording by the link of the answer within an hour; ' +
    'without an upload a new drop is deleted. A replaced drop keeps its recording until the new one was uploaded and ' +
    'checked. An organization has at most 500.',
  scope: 'messaging:write',
  params: { id: newOrId.describe('`new`, or the id of the drop to replace') },
  nullIsAbsent: true,
  body: NewVoicemailDrop,
  answers: { 200: SavedDrop, 201: SavedDrop },
  errors: ['MISSING_FIELD', 'DROP_NAME_EXISTS', 'UNKNOWN_USER', 'LIMIT_EXCEEDED'],
  actsOn: { none: 'its mailbox gets a message' },
  effects: [
    writes('voicemaildrop'),
    unique('voicemaildrop-name'),
    writes('file'),
    writes('reference'),
    reads('user'),
    writes('count'),
    writes('due'),
    linksUploads('voicemail'),
    records('voicemaildrop.created'),
    records('voicemaildrop.updated'),
  ],
});

export const deleteVoicemailDrop = endpoint('DELETE /voicemaildrop/{id}', {
  id: 'deleteVoicemailDrop',
  summary: 'Delete a voicemail drop',
  scope: 'messaging:write',
  params,
  answers: { 200: Deletion },
  errors: [],
  effects: [
    writes('voicemaildrop'),
    unique('voicemaildrop-name'),
    writes('reference'),
    writes('count'),
    records('voicemaildrop.deleted'),
  ],
});

const deletionEffects = [
  writes('voicemaildrop'),
  writes('voicemaildrop-name'),
  writes('reference'),
  writes('count'),
  records('voicemaildrop.deleted'),
] as const;

export const voicemailDrops = resource('voicemail-drops', {
  area: 'messaging',
  format: 'reference',
  owner: { user: { voicemaildrop: 'user_id' } },
  errors: voicemailDropErrors,
  endpoints: [listVoicemailDrops, getVoicemailDrop, saveVoicemailDrop, deleteVoicemailDrop],
  examples,
  cascades: [
    cascadeAfter('user.deleted', deletionEffects),
    cascadeAfter('org.closed', deletionEffects),
    cascadeAfter('file.deleted', [...deletionEffects, records('voicemaildrop.updated')]),
  ],
});
