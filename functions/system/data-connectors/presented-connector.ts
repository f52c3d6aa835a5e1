import * as z from 'zod';
import { omit } from '#schema/omit.ts';
import { organizationText, Timestamp } from '#schema/values.ts';
import { authTypes, connectorKinds, type SecretField } from './connector-kind.ts';
import { exampleResult, resultOf, statusOf, TestResult, type LastTest } from './connection-test.ts';
import { itemTypes, mask, syncStatuses, type DataConnector } from './data-connector.ts';

const exampleConnector = {
  id: 'dc_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
  organization_id: 'org_1001',
  name: 'CRM',
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
  password: null,
  client_secret: null,
  token: mask,
  private_key: null,
  items: [],
  status: 'failing',
  last_test: exampleResult,
  created_at: '2026-11-20T09:00:00.000Z',
  updated_at: '2026-11-20T09:00:00.000Z',
};

const Masked = z.literal(mask).nullable();
const optionalText = z.string().nullable();

const ShownItem = z
  .object({
    type: z.enum(itemTypes).describe('What is linked'),
    id: z.string().describe('Its id'),
    connected_app: optionalText.describe('App on the other side that it is linked to'),
    sync_status: z.enum(syncStatuses).describe('State of its synchronization'),
  })
  .meta({
    id: 'DataConnectorItem',
    example: {
      type: 'user',
      id: 'usr_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
      connected_app: 'Sales Cloud',
      sync_status: 'synced',
    },
  });

export const ShownConnector = z
  .object({
    id: z.string().describe('Id of the connector'),
    organization_id: z.string().describe('The organization, such as `org_1001`'),
    name: z.string().describe('Name'),
    kind: z.enum(connectorKinds).describe('System that it connects to'),
    server: z.string().describe('URL of the system'),
    auth_type: z.enum(authTypes).describe('How it signs in'),
    username: optionalText.describe('User name, e-mail address or DN'),
    client_id: optionalText.describe('OAuth client id'),
    account_type: optionalText.describe('Free text'),
    organization: optionalText.describe('Tenant on the other side'),
    resource_id: optionalText.describe('OAuth resource or scope'),
    test_path: optionalText.describe('Path that a test reads; null unless `kind` is `http`'),
    header_name: optionalText.describe('Header that carries the token; null unless `auth_type` is `header`'),
    restricted: z.boolean().describe('Whether only callers with the scope `system:write` may use it'),
    enabled: z.boolean().describe('Whether it is in use'),
    password: Masked.describe('`********` if one is stored'),
    client_secret: Masked.describe('`********` if one is stored'),
    token: Masked.describe('`********` if one is stored'),
    private_key: Masked.describe('`********` if one is stored'),
    items: z.array(ShownItem).describe('What is linked by it'),
    status: z.enum(['untested', 'ok', 'failing']).describe('Outcome of the last test with these settings'),
    last_test: TestResult.nullable().describe('The last test with these settings'),
    created_at: Timestamp.describe('Time of creation'),
    updated_at: Timestamp.describe('Time of the last change'),
  })
  .meta({ id: 'DataConnector', example: exampleConnector });

/** A connector as answered, without secrets. */
export function presentConnector(
  connector: DataConnector,
  last: LastTest | undefined,
  organization: number,
): z.input<typeof ShownConnector> {
  const result = resultOf(connector, last);
  const masked = (name: SecretField) => (connector.sealed_secrets[name] === undefined ? null : mask);
  return {
    ...omit(connector, 'sealed_secrets', 'settings_version', 'version'),
    password: masked('password'),
    client_secret: masked('client_secret'),
    token: masked('token'),
    private_key: masked('private_key'),
    organization_id: organizationText(organization),
    items: [...connector.items],
    status: statusOf(result),
    last_test: result,
  };
}

/** What events say of a connector: no secrets, and of the items their number. */
export const loggedFields = (connector: DataConnector) => ({
  ...omit(connector, 'sealed_secrets', 'settings_version', 'items'),
  items: connector.items.length,
});
