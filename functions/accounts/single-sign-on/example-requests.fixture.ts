import { randomInt } from 'node:crypto';
import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { newMember } from '../users/example-requests.fixture.ts';
import { examples } from './examples.ts';

const clientId = 'client of the examples';
const orgId = ({ organization }: ExampleTenant): string => `org_${organization}`;

/** A set-up, which calls no one. */
const setUp = ({ mark }: ExampleTenant) => ({ ...examples.setSalesforce, client_id: mark, auto_link: false });

/** Lets people of an organization log in by the provider. */
async function configure(tenant: ExampleTenant): Promise<void> {
  const { issuer } = await tenant.provider(clientId);
  const body = { ...setUp(tenant), client_id: clientId, login_url: issuer };
  await tenant.call('PUT', `/auth/salesforce/${orgId(tenant)}`, body);
}

/** A log-in of a user that has come back from the provider. @returns what finishes it */
export async function arrivedFor(tenant: ExampleTenant, user: string) {
  await configure(tenant);
  const value = `005${String(randomInt(1e12)).padStart(12, '0')}AAA`;
  const foreignIds = [{ foreignIdType: 'salesforce', foreignId: value }];
  await tenant.call('PUT', `/userforeignid/${orgId(tenant)}/${user}`, { foreignIds });
  const begun = await tenant.call('GET', '/auth/salesforce');
  const nonce = new URL(textAt(begun, 'data', 'authorization_url')).searchParams.get('nonce');
  const [redirect_uri = ''] = examples.setSalesforce.redirect_uris;
  const code = JSON.stringify({ sub: value, nonce });
  return { org_id: orgId(tenant), code, redirect_uri, state: textAt(begun, 'data', 'state') };
}

export const exampleRequests: Readonly<Record<string, Example>> = {
  'PUT /auth/salesforce/{orgId}': {
    prepare: (tenant) => ({ params: { orgId: orgId(tenant) }, body: setUp(tenant) }),
    // Users log in by it, of which those of a reseller may do more than its role `admin`.
    cells: { admin: 'rule' },
  },
  'GET /auth/salesforce/{orgId}': {
    prepare: async (tenant) => {
      await tenant.call('PUT', `/auth/salesforce/${orgId(tenant)}`, setUp(tenant));
      return { params: { orgId: orgId(tenant) } };
    },
  },
  'GET /auth/salesforce': {
    prepare: async (tenant) => {
      await configure(tenant);
      return { query: { org_id: orgId(tenant) } };
    },
  },
  'POST /auth/salesforce': {
    prepare: async (tenant) => ({ body: await arrivedFor(tenant, (await newMember(tenant)).user.id) }),
  },
};
