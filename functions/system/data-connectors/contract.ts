import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { callsOut, reads, records, reports, rotatesSecret, unique, writes } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { flag, pageQuery } from '#schema/query.ts';
import { Deletion, IdInUrl, newOrId } from '#schema/values.ts';
import { TestResult } from './connection-test.ts';
import { connectorErrors, NewDataConnector } from './data-connector.ts';
import { examples } from './examples.ts';
import { ShownConnector } from './presented-connector.ts';

const params = { id: IdInUrl.describe('Id of the data connector') };

export const listDataConnectors = endpoint('GET /dataconnector', {
  id: 'listDataConnectors',
  summary: 'List data connectors',
  description: 'Newest first. Secrets are masked.',
  scope: 'system:read',
  query: {
    ...pageQuery,
    q: z.string().max(128).optional().describe('Only connectors whose name contains this text, in any case'),
  },
  answers: { 200: listOf(ShownConnector) },
  errors: [],
  effects: [reads('dataconnector'), reads('dataconnector-test')],
});

export const getDataConnector = endpoint('GET /dataconnector/{id}', {
  id: 'getDataConnector',
  summary: 'Get a data connector',
  description: 'Secrets are masked: `********` stands for one that is stored.',
  scope: 'system:read',
  params,
  answers: { 200: ShownConnector },
  errors: [],
  effects: [reads('dataconnector'), reads('dataconnector-test')],
});

export const saveDataConnector = endpoint('PUT /dataconnector/{id}', {
  id: 'saveDataConnector',
  summary: 'Create or replace a data connector',
  description:
    'A data connector has the URL of a CRM, a directory or another service of the organization, and the credential ' +
    'for it. Secrets are stored encrypted and never answered. `auth_type` decides which secrets are needed. A ' +
    'missing secret is rejected, as is a secret that `auth_type` does not use.\n\n' +
    'When replacing, absent fields return to their defaults, but secrets that are absent or `********` stay. If ' +
    '`kind`, `auth_type`, `server`, `organization` or `test_path` changes, all secrets must be sent again. So a ' +
    'stored secret is never sent to another place than the one it was saved for. Another spelling of the same URL ' +
    'is no change.\n\n' +
    'Items must exist in the organization. An item that is deleted later, or a number that is released, is unlinked ' +
    'within seconds. An organization has 50 connectors at most. `POST …/test` tries the connection.',
  scope: 'system:write',
  params: { id: newOrId.describe('`new`, or the id of the data connector to replace') },
  nullIsAbsent: true,
  body: NewDataConnector,
  answers: { 200: ShownConnector, 201: ShownConnector },
  errors: ['CONNECTOR_NAME_EXISTS', 'WEBHOOK_URL_NOT_ALLOWED', 'LIMIT_EXCEEDED', 'REMOVES_MANY'],
  actsOn: { none: 'its users are linked, and do not change' },
  effects: [
    writes('dataconnector'),
    unique('dataconnector-name'),
    reads('dataconnector-test'),
    writes('count'),
    reads('user'),
    reads('number-id'),
    reads('number'),
    reads('mobile'),
    reads('trunk'),
    rotatesSecret('sealing-keys'),
    callsOut(),
    records('dataconnector.created'),
    records('dataconnector.updated'),
  ],
});

export const deleteDataConnector = endpoint('DELETE /dataconnector/{id}', {
  id: 'deleteDataConnector',
  summary: 'Delete a data connector',
  description: 'Rejected while it has items, unless `force` is set. Its secrets are deleted with it.',
  scope: 'system:write',
  params,
  query: { force: flag.optional().describe('Delete it although it has items; they are unlinked') },
  answers: { 200: Deletion },
  errors: ['CONNECTOR_IN_USE'],
  effects: [
    writes('dataconnector'),
    unique('dataconnector-name'),
    writes('dataconnector-test'),
    writes('count'),
    records('dataconnector.deleted'),
  ],
});

export const testDataConnector = endpoint('POST /dataconnector/{id}/test', {
  id: 'testDataConnector',
  summary: 'Try the connection of a data connector',
  description:
    'Signs in at the other side and reads something harmless, within 15 seconds. It changes nothing there, and no ' +
    'version here. If the connection does not work, the answer is 200 with `ok: false`, the `stage` that failed and ' +
    'the `error`. Redirects are not followed. A disabled connector can be tested.\n\n' +
    'A test that outlasts a change of the settings is not stored for the new ones. At most 30 tests in 10 minutes go ' +
    'to a host, and 120 of an organization.',
  scope: 'system:write',
  unversioned: true,
  params,
  answers: { 200: TestResult },
  errors: [],
  effects: [
    reads('dataconnector'),
    writes('dataconnector-test'),
    writes('rate'),
    rotatesSecret('sealing-keys'),
    callsOut(),
    records('dataconnector.tested'),
    reports('dataconnector.failed'),
  ],
});

const unlinks = [writes('dataconnector'), records('dataconnector.updated')] as const;

export const dataConnectors = resource('data-connectors', {
  area: 'system',
  format: 'reference',
  owner: 'organization',
  errors: connectorErrors,
  endpoints: [listDataConnectors, getDataConnector, saveDataConnector, deleteDataConnector, testDataConnector],
  examples,
  cascades: [
    cascadeAfter('user.deleted', unlinks),
    cascadeAfter('number.released', unlinks),
    cascadeAfter('sim.deleted', unlinks),
    cascadeAfter('trunk.deleted', unlinks),
    cascadeAfter('org.closed', [
      writes('dataconnector'),
      writes('dataconnector-name'),
      writes('dataconnector-test'),
      writes('count'),
    ]),
  ],
});
