import type { DataConnector } from './data-connector.ts';
import { NewDataConnector } from './data-connector.ts';

/** Connectors of tests. */

export const at = '2026-11-20T10:00:00.000Z';

export const zendesk = {
  name: 'Desk',
  kind: 'zendesk',
  server: 'https://acme.zendesk.com',
  auth_type: 'token',
  username: 'admin@example.com',
  token: 'api-token-1',
};

export const wanted = (body: object): NewDataConnector => NewDataConnector.parse(body);

export const stored: DataConnector = {
  id: 'dc_1',
  name: 'Desk',
  kind: 'zendesk',
  server: 'https://acme.zendesk.com',
  auth_type: 'token',
  username: 'admin@example.com',
  client_id: null,
  account_type: null,
  organization: null,
  resource_id: null,
  test_path: null,
  header_name: null,
  restricted: false,
  enabled: true,
  sealed_secrets: { token: 'sealed' },
  items: [],
  settings_version: 3,
  created_at: at,
  updated_at: at,
  version: 5,
};
