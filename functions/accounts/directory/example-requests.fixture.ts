import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { newMember } from '../users/example-requests.fixture.ts';

const contactBody = ({ mark, unique }: ExampleTenant) => ({
  displayName: mark,
  email: `${unique()}@example.com`,
  directNumber: '+4610100555',
  department: mark,
});

/** A new contact. @returns its id */
const newContact = async (tenant: ExampleTenant): Promise<string> =>
  textAt(await tenant.call('POST', '/clientdirectory/new', contactBody(tenant)), 'data', 'userId');

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /clientdirectory': {
    prepare: async (tenant) => ({ query: { limit: '1', number: (await newContact(tenant), '+4610100555') } }),
  },
  'GET /clientdirectory/{entity}': {
    prepare: async (tenant) => ({ params: { entity: (await newMember(tenant)).user.id } }),
  },
  'PUT /clientdirectory/{entity}': {
    prepare: async (tenant) => ({
      params: { entity: await newContact(tenant) },
      body: { department: tenant.mark, contactInfo: { workPhone: '+4610100556' } },
    }),
  },
  'POST /clientdirectory/{entity}': {
    prepare: (tenant) => ({ params: { entity: 'new' }, body: contactBody(tenant) }),
  },
  'DELETE /clientdirectory/{entity}': { prepare: async (tenant) => ({ params: { entity: await newContact(tenant) } }) },
};
